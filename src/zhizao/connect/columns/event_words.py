"""What a word of an event log says: that work begins, ends, pauses or goes on."""

from zhizao.connect.mapping import Transition
from zhizao.connect.synonyms import is_unspaced, plain, simplified, vocabulary

_MEANINGS: tuple[Transition, ...] = ("scheduled", "start", "pause", "resume", "end")
_ROLES: tuple[Transition, ...] = ("start", "end")
_SHORT = 4
"""A shorter word at the end of a compound ('on' in 'Station') is chance."""

_ON = frozenset({"1", "1 0", "true", "on", "ein", "开", "high"})
_OFF = frozenset({"0", "0 0", "false", "off", "aus", "关", "low"})


def transition_of(text: str) -> Transition | None:
    """Return what an event's name says; None if nothing, or both a begin and an end.

    Examples
    --------
    >>> transition_of("CYCLE_START"), transition_of("Zyklusende"), transition_of("complete")
    ('start', 'end', 'end')
    >>> transition_of("Sawing") is None
    True
    """
    words = plain(text)
    for meaning in _MEANINGS:
        if words in vocabulary("transitions", meaning):
            return meaning
    found = {role for role in _ROLES if _without(words, role) is not None}
    return found.pop() if len(found) == 1 else None


def without_ways(known: dict[str, Transition]) -> dict[str, Transition]:
    """Return meanings in which coming and going are no begin and end where other words are.

    Examples
    --------
    >>> without_ways({"arrive": "start", "seize": "start", "depart": "end"})
    {'arrive': 'scheduled', 'seize': 'start', 'depart': 'end'}
    """
    found = dict(known)
    ways: tuple[tuple[Transition, str], ...] = (("start", "arrival"), ("end", "departure"))
    for meaning, way in ways:
        said = {value for value, one in known.items() if one == meaning}
        on_the_way = {value for value in said if plain(value) in vocabulary("transitions", way)}
        if on_the_way and on_the_way < said:
            for value in on_the_way:
                if meaning == "start":
                    found[value] = "scheduled"
                else:
                    del found[value]
    return found


def operation_of_event(text: str) -> tuple[str, Transition] | None:
    """Return the operation in an event's name and what happens to it; None if it names none.

    Examples
    --------
    >>> operation_of_event("Sawing started"), operation_of_event("Begin Packing")
    (('Sawing', 'start'), ('Packing', 'start'))
    >>> operation_of_event("Sawing"), operation_of_event("start")
    (None, None)
    """
    parts = text.replace("_", " ").split()
    found: list[tuple[str, Transition]] = []
    for role in _ROLES:
        known = vocabulary("transitions", role)
        if len(parts) > 1 and plain(parts[-1]) in known:
            found.append((" ".join(parts[:-1]).strip(" -:/|"), role))
        elif len(parts) > 1 and plain(parts[0]) in known:
            found.append((" ".join(parts[1:]).strip(" -:/|"), role))
        elif is_unspaced(text):
            ends = sorted((k for k in known if is_unspaced(k)), key=len, reverse=True)
            found += [
                (text[: -len(k)].strip(" -:/|_"), role)
                for k in ends
                if simplified(text).endswith(k)
            ][:1]
    named = [pair for pair in found if pair[0]]
    return named[0] if len(named) == 1 else None


def _without(words: str, role: Transition) -> str | None:
    """Return plain words without the one at an end that says the role; None if none does."""
    known = vocabulary("transitions", role)
    parts = words.split()
    for at in (-1, 0):
        if len(parts) > 1 and parts[at] in known:
            return " ".join(parts[:-1] if at else parts[1:])
    for word in known:
        is_part = len(word) >= _SHORT or (is_unspaced(word) and len(word) > 1)
        if is_part and len(words) > len(word) and words.endswith(word):
            return words.removesuffix(word).strip()
    return None


def is_signal(values: list[str]) -> dict[str, Transition]:
    """Return the meaning of a machine's signal that is on while it works; empty if it is none.

    Examples
    --------
    >>> is_signal(["0", "1"])
    {'0': 'end', '1': 'start'}
    """
    known: dict[str, Transition] = {}
    for value in values:
        word = plain(value)
        if word in _ON:
            known[value] = "start"
        elif word in _OFF:
            known[value] = "end"
        else:
            return {}
    return known if set(known.values()) == {"start", "end"} else {}
