"""Every sentence exists in both languages and takes the same values in each."""

import re
import tomllib
from pathlib import Path
from string import Formatter

import pytest

import zhizao

ROOT = Path(zhizao.__file__).parent
CATALOGUES = sorted(ROOT.rglob("words.toml"))


def test_there_are_catalogues():
    assert CATALOGUES


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda p: str(p.relative_to(ROOT).parent))
def test_each_sentence_has_both_languages_with_the_same_values(path):
    sentences = tomllib.loads(path.read_text(encoding="utf-8"))
    for key, languages in sentences.items():
        assert set(languages) == {"en", "zh"}, key
        values = {
            lang: {field for _, field, _, _ in Formatter().parse(text) if field}
            for lang, text in languages.items()
        }
        assert values["en"] == values["zh"], key


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda p: str(p.relative_to(ROOT).parent))
def test_chinese_sentences_have_chinese_signs(path):
    sentences = tomllib.loads(path.read_text(encoding="utf-8"))
    latin = re.compile(r"[\u4e00-\u9fff] *[(),;:]|\)(?=[\u4e00-\u9fff])")
    assert [key for key, languages in sentences.items() if latin.search(languages["zh"])] == []
