"""Every example in a docstring and every Python block in the documents is a test."""

from doctest import ELLIPSIS, NORMALIZE_WHITESPACE
from pathlib import Path

from sybil import Sybil
from sybil.document import PythonDocStringDocument
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
    patterns=["src/zhizao/**/*.py"],
    path=str(Path(__file__).parent),
)

pytest_collect_file = (_documents + _docstrings).pytest()
