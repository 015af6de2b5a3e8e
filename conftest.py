"""Every example in a docstring and every Python block in the documents is a test."""

from doctest import ELLIPSIS, NORMALIZE_WHITESPACE
from pathlib import Path

import pytest
from sybil import Sybil
from sybil.document import PythonDocStringDocument
from sybil.integration.pytest import SybilItem
from sybil.parsers.markdown import PythonCodeBlockParser
from sybil.parsers.rest import DocTestParser

_documents = Sybil(
    parsers=[PythonCodeBlockParser()],
    patterns=["docs/*.md", "README.md"],
    path=str(Path(__file__).parent),
)
_docstrings = Sybil(
    parsers=[DocTestParser(optionflags=ELLIPSIS | NORMALIZE_WHITESPACE)],
    document_types={".py": PythonDocStringDocument},
    patterns=["src/zhizao/*.py", "src/zhizao/*/*.py", "src/zhizao/*/*/*.py"],
    path=str(Path(__file__).parent),
)

pytest_collect_file = (_documents + _docstrings).pytest()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the examples of documents back in reading order after the shuffle."""
    places = [i for i, item in enumerate(items) if isinstance(item, SybilItem)]
    in_order = sorted((items[i] for i in places), key=lambda item: item.location[:2])
    for place, item in zip(places, in_order, strict=True):
        items[place] = item
