r"""Names in cells, without loss: what would be misread stands behind a backslash.

These are the separators ``|`` and ``@`` of lists, a first character that a
spreadsheet would take for a formula, a blank at either end (``\s``), a new line
(``\n``), a tab (``\t``), any other invisible character (``\u0085``), and the
backslash itself.
"""

import re
import unicodedata

SEPARATOR = "|"

_NAMED = {"\n": "n", "\r": "r", "\t": "t", " ": "s"}
_NAMED_BACK = {letter: character for character, letter in _NAMED.items()}
_LITERAL = frozenset("\\|@=+-")
_FORMULA_STARTS = frozenset("=+-@")
_INVISIBLE = frozenset({"Cc", "Cn", "Zl", "Zp"})
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.|$)", re.DOTALL)
_PARTS = re.compile(r"(?:\\.|[^\\|])*", re.DOTALL)


class CellError(ValueError):
    """A cell that cannot be read; the text is the rule that it breaks."""


def escape(text: str, *, separators: str = "") -> str:
    r"""Return a text as it stands in a cell.

    Examples
    --------
    >>> print(escape("=A|B", separators="|"))
    \=A\|B
    """
    if _is_plain(text) and not any(s in text for s in separators):
        return text
    first, last = len(text) - len(text.lstrip()), len(text.rstrip())
    out = []
    for i, character in enumerate(text):
        if character in separators or character == "\\":
            out.append("\\" + character)
        elif (
            not first <= i < last
            or character in "\n\r\t"
            or unicodedata.category(character) in _INVISIBLE
        ):
            out.append("\\" + _escape_letters(character))
        elif i == 0 and character in _FORMULA_STARTS:
            out.append("\\" + character)
        else:
            out.append(character)
    return "".join(out)


def unescape(text: str) -> str:
    r"""Return the text that a cell stands for; the inverse of ``escape``.

    Raises
    ------
    CellError
        If a backslash stands before something that has no meaning there.

    Examples
    --------
    >>> unescape(r" \=A\|B ")
    '=A|B'
    """
    return _ESCAPE.sub(_unescape_one, text.strip()) if "\\" in text else text.strip()


def split(text: str) -> list[str]:
    r"""Split a list at its ``|``, but not at ``\|``; the parts are still escaped.

    Examples
    --------
    >>> split(r"M1|M\|2@0.5")
    ['M1', 'M\\|2@0.5']
    """
    if not text.strip():
        return []
    parts, at = [], 0
    while True:
        match = _PARTS.match(text, at)
        assert match is not None
        end = match.end()
        if end < len(text) and text[end] == "\\":  # a lone backslash at the very end
            end += 1
        parts.append(text[at:end])
        if end >= len(text):
            return parts
        at = end + 1


def _is_plain(text: str) -> bool:
    """Return whether a text stands in a cell as it is, as nearly all do."""
    return (
        text.isprintable()  # no character of _INVISIBLE, no blank but ' '
        and "\\" not in text
        and text[:1] not in _FORMULA_STARTS
        and text[:1] != " "
        and text[-1:] != " "
    )


def _escape_letters(character: str) -> str:
    if character in _NAMED:
        return _NAMED[character]
    code = ord(character)
    return f"u{code:04x}" if code <= 0xFFFF else f"U{code:08x}"


def _unescape_one(match: re.Match[str]) -> str:
    found = match[1]
    if len(found) > 1:
        code = int(found[1:], 16)
        if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            raise CellError(f"'\\{found}' is not a character")
        return chr(code)
    if found in _NAMED_BACK:
        return _NAMED_BACK[found]
    if found and found in _LITERAL:
        return found
    raise CellError(
        "a backslash stands before one of \\ | @ = + - or n, r, t, s, uXXXX; "
        "write \\\\ for the backslash itself"
    )
