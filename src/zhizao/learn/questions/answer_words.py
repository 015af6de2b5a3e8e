"""Answers as a person writes them: opening times, numbers, names."""

import re
from collections.abc import Sequence

from zhizao._base.errors import did_you_mean
from zhizao.model.calendar import WEEKDAYS
from zhizao.model.plant import Shift

_SPAN = re.compile(
    r"(?P<a>[a-z]{3})(?:\s*-\s*(?P<b>[a-z]{3}))?\s+(?P<from>\d{2}:\d{2})\s*-\s*(?P<to>\d{2}:\d{2})"
)


class AnswerError(ValueError):
    """What is wrong with one answer."""


def hours_of(text: str) -> tuple[Shift, ...]:
    """Return the shifts of an opening time in words.

    Examples
    --------
    >>> [s.weekday for s in hours_of("mon-wed 07:00-15:00, sat 07:00-12:00")]
    ['mon', 'tue', 'wed', 'sat']
    """
    shifts = []
    for part in text.lower().split(","):
        found = _SPAN.fullmatch(part.strip())
        days = {found["a"], found["b"] or found["a"]} if found else set()
        if found is None or not days <= set(WEEKDAYS):
            raise AnswerError("write hours as 'mon-fri 07:00-15:00, sat 07:00-12:00'")
        first, last = WEEKDAYS.index(found["a"]), WEEKDAYS.index(found["b"] or found["a"])
        n_days = (last - first) % 7 + 1
        shifts += [
            Shift.model_validate(
                {"weekday": WEEKDAYS[(first + i) % 7], "start": found["from"], "end": found["to"]}
            )
            for i in range(n_days)
        ]
    return tuple(shifts)


def numbers_of(text: str, names: Sequence[str]) -> dict[str, float]:
    """Return named numbers; a single number stands for the first name.

    Examples
    --------
    >>> numbers_of("mtbf_h=22; mttr_h=6", ["mtbf_h", "mttr_h"])
    {'mtbf_h': 22.0, 'mttr_h': 6.0}
    """
    found = {}
    for part in text.split(";"):
        name, sign, value = part.partition("=")
        key = name.strip() if sign else names[0]
        try:
            number = float(value if sign else name)
        except ValueError:
            number = -1.0
        if key not in names or not 0.0 <= number < float("inf"):
            raise AnswerError(f"write {'; '.join(f'{n}=…' for n in names)}, numbers not below 0")
        found[key] = number
    return found


def places_of(text: str) -> int:
    """Return how many places a resource is said to have.

    Examples
    --------
    >>> places_of("3")
    3
    """
    places = int(numbers_of(text, ["places"])["places"])
    if places < 1:
        raise AnswerError("write a whole number of places, at least 1")
    return places


def known_name(name: str, names: Sequence[str], *, may_be_all: bool = False) -> None:
    """Raise unless a name is known; an empty one stands for all, where it may."""
    if name in names or (may_be_all and not name):
        return
    raise AnswerError(f"nothing here is called '{name}'.{did_you_mean(name, names)}")
