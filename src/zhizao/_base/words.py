"""Sentences in English and Chinese, kept as data beside the room that says them.

A room that speaks has a file ``words.toml``: one table a sentence, with the
keys ``en`` and ``zh``, written as format strings.
"""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from zhizao._base.errors import InputError, did_you_mean

Lang = Literal["en", "zh"]


@cache
def catalogue(package: str) -> dict[str, dict[str, str]]:
    """Return the sentences of a package, ``{key: {"en": ..., "zh": ...}}``."""
    return tomllib.loads(files(package).joinpath("words.toml").read_text(encoding="utf-8"))


def say(package: str, key: str, *, lang: Lang = "en", **values: Any) -> str:
    """Return the sentence ``key`` of a package in a language, with its values put in.

    Raises
    ------
    InputError
        If the package has no such sentence.
    """
    sentences = catalogue(package)
    if key not in sentences:
        hint = did_you_mean(key, sentences)
        raise InputError(f"Package '{package}' has no sentence '{key}'.{hint}")
    return sentences[key][lang].format(**values)
