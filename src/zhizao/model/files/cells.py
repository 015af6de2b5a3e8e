r"""Text of a cell ↔ value, without loss.

Most cells are what they look like. Where a name would be misread, a backslash
stands before the character: the separators ``|`` and ``@`` of lists, a first
character that a spreadsheet would take for a formula, a blank at either end
(``\s``), a new line (``\n``), a tab (``\t``), any other invisible character
(``\u0085``), and the backslash itself.
"""

import math
import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from typing import Any, Literal

CellKind = Literal["text", "number", "integer", "instant", "clock", "names", "numbers", "options"]
"""How a cell is written: ``names``, ``numbers`` and ``options`` are lists with ``|``."""

SEPARATOR = "|"

_NAMED = {"\n": "n", "\r": "r", "\t": "t", " ": "s"}
_NAMED_BACK = {letter: character for character, letter in _NAMED.items()}
_LITERAL = frozenset("\\|@=+-")
_FORMULA_STARTS = frozenset("=+-@")
_INVISIBLE = frozenset({"Cc", "Cn", "Zl", "Zp"})
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.|$)", re.DOTALL)
_PARTS = re.compile(r"(?:\\.|[^\\|])*", re.DOTALL)
_INSTANT = re.compile(
    r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})[T ](\d{1,2}):(\d{2})(:\d{2}(?:\.\d{1,6})?)?"
    r"\s*(Z|[+-]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)?"
)
_WRITTEN = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}[+-]\d{2}:\d{2}", re.ASCII)
_CLOCK = re.compile(r"(?:(?:1899-12-3[01]|1900-01-0[01])[T ])?(\d{1,2}):(\d{2})(?::00(?:\.0+)?)?")


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


def format_number(value: float) -> str:
    """Return a number so that reading it gives the same number.

    Examples
    --------
    >>> format_number(5.0), format_number(0.1)
    ('5', '0.1')
    """
    return repr(value).removesuffix(".0")


def format_instant(at: datetime, *, zone: tzinfo) -> str:
    """Return an instant as the local time of the plant with its offset.

    Examples
    --------
    >>> format_instant(datetime(2024, 1, 1, 8, tzinfo=UTC), zone=UTC)
    '2024-01-01T08:00:00+00:00'
    """
    try:
        return at.astimezone(zone).isoformat()
    except OverflowError:  # the first and the last day that can be written
        return at.astimezone(UTC).isoformat()


def format_cell(value: Any, *, kind: CellKind, zone: tzinfo) -> str:
    """Return a value as the text of a cell of a kind; ``None`` is empty."""
    return "" if value is None else _FORMATS[kind](value, zone)


def parse_cell(text: str, *, kind: CellKind, zone: tzinfo) -> Any:
    """Return the value of a cell of a kind; an empty cell is ``None``.

    Raises
    ------
    CellError
        If the text is not of that kind.

    Examples
    --------
    >>> parse_cell("M1|M2@0.8", kind="options", zone=UTC)
    (('M1', 1.0), ('M2', 0.8))
    """
    return _PARSERS[kind](text, zone) if text.strip() else None


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


def _format_option(name: str, speed: float) -> str:
    escaped = escape(name, separators=SEPARATOR + "@")
    return escaped if speed == 1.0 else f"{escaped}@{format_number(speed)}"


def _parse_text(text: str, _zone: tzinfo) -> str:
    return unescape(text)


def _parse_number(text: str, _zone: tzinfo) -> float:
    plain = text.strip()
    try:
        if "_" not in plain:
            return float(plain)
    except ValueError:
        pass
    raise CellError("expected a number such as 2.5, without unit or thousands separator")


def _parse_integer(text: str, zone: tzinfo) -> int:
    try:
        if "_" not in text:
            return int(text)
    except ValueError:
        pass
    try:
        number = _parse_number(text, zone)
    except CellError:
        number = math.nan
    if not number.is_integer():
        raise CellError("expected a whole number such as 3")
    return int(number)


def _parse_instant(text: str, zone: tzinfo) -> datetime:
    if _WRITTEN.fullmatch(text):  # as format_instant writes it
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass  # said below
    match = _INSTANT.fullmatch(text.strip())
    if match is None:
        raise CellError("expected date and time such as 2024-01-31T08:00 or …T08:00+08:00")
    year, month, day, hour, minute, second, offset = match.groups()
    plain = f"{year}-{int(month):02d}-{int(day):02d}T{int(hour):02d}:{minute}{second or ':00'}"
    try:
        at = datetime.fromisoformat(plain + (offset or ""))
    except ValueError as error:
        raise CellError(f"there is no such date or time ({error})") from error
    return at if offset else at.replace(tzinfo=zone)


def _parse_clock(text: str, _zone: tzinfo) -> str:
    # A spreadsheet writes 8:00 or 08:00:00 where somebody typed 08:00.
    match = _CLOCK.fullmatch(text.strip())
    return text.strip() if match is None else f"{int(match[1]):02d}:{match[2]}"


def _parse_names(text: str, _zone: tzinfo) -> tuple[str, ...]:
    return tuple(unescape(_filled(part)) for part in split(text))


def _parse_numbers(text: str, zone: tzinfo) -> tuple[float, ...]:
    return tuple(_parse_number(_filled(part), zone) for part in split(text))


def _parse_options(text: str, zone: tzinfo) -> tuple[tuple[str, float], ...]:
    return tuple(_parse_option(_filled(part), zone) for part in split(text))


def _parse_option(part: str, zone: tzinfo) -> tuple[str, float]:
    pieces = re.split(r"(?<!\\)((?:\\\\)*)@", part, maxsplit=1)
    if len(pieces) == 1:
        return unescape(part), 1.0
    name = unescape(_filled(pieces[0] + pieces[1]))
    try:
        return name, _parse_number(pieces[2], zone)
    except CellError as error:
        raise CellError("expected resources such as M1|M2@0.8, where 0.8 is a speed") from error


def _filled(part: str) -> str:
    if not part.strip():
        raise CellError("a name is missing between two separators '|' (or before '@')")
    return part


_FORMATS: dict[CellKind, Callable[[Any, tzinfo], str]] = {
    "text": lambda text, _: escape(text),
    "clock": lambda text, _: str(text),
    "number": lambda number, _: format_number(number),
    "integer": lambda number, _: str(number),
    "instant": lambda at, zone: format_instant(at, zone=zone),
    "names": lambda names, _: SEPARATOR.join(escape(n, separators=SEPARATOR) for n in names),
    "numbers": lambda numbers, _: SEPARATOR.join(map(format_number, numbers)),
    "options": lambda options, _: SEPARATOR.join(_format_option(*option) for option in options),
}

_PARSERS: dict[CellKind, Callable[[str, tzinfo], Any]] = {
    "text": _parse_text,
    "number": _parse_number,
    "integer": _parse_integer,
    "instant": _parse_instant,
    "clock": _parse_clock,
    "names": _parse_names,
    "numbers": _parse_numbers,
    "options": _parse_options,
}

__all__ = [
    "CellError",
    "CellKind",
    "escape",
    "format_cell",
    "format_instant",
    "format_number",
    "parse_cell",
    "split",
    "unescape",
]
