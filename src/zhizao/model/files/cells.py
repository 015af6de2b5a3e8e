"""Text of a cell ↔ value, without loss; names as ``escapes`` writes them."""

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from typing import Any, Literal

from zhizao.model.files.escapes import SEPARATOR, CellError, escape, split, unescape

CellKind = Literal["text", "number", "integer", "instant", "clock", "names", "numbers", "options"]
"""How a cell is written: ``names``, ``numbers`` and ``options`` are lists with ``|``."""


_INSTANT = re.compile(
    r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})[T ](\d{1,2}):(\d{2})(:\d{2}(?:\.\d{1,6})?)?"
    r"\s*(Z|[+-]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)?"
)
_WRITTEN = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}[+-]\d{2}:\d{2}", re.ASCII)
_CLOCK = re.compile(r"(?:(?:1899-12-3[01]|1900-01-0[01])[T ])?(\d{1,2}):(\d{2})(?::00(?:\.0+)?)?")


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
