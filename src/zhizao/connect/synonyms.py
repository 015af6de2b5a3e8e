"""What a column may mean by its name, in fifteen languages."""

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SCRIPTS = re.compile(
    r"(?<=[A-Za-z0-9])(?=[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af])|(?<=[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af])(?=[A-Za-z0-9])"
)
"""Where a name changes between letters and a script without blanks: 'MO编号'."""

_APART = re.compile(r"[\W_]+")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
"""Scripts that put no blank between words: Chinese, Japanese; Korean compounds."""
_LETTERS = str.maketrans("ıłøđ", "ilod")
"""Letters whose stroke or missing dot is no accent that could be taken off."""

_IN_BRACKETS = re.compile(r"[(\[（【]([^)\]）】]*)[)\]）】]\s*$")

EXACT = 1.0
_WITHIN = 0.55
"""Score of a name that has a synonym among other words; up to 0.3 more if it is most of the name."""

_MIN_COMPOUND = 5
"""A shorter synonym inside a compound word is chance ('op' in 'shop')."""

_MIN_PREFIX = 4
"""A shorter part at the begin of a compound word is chance."""

_MIN_STEM = 3
"""A shorter begin of a word is chance."""

_RUN_TOGETHER = 0.95
_ACTUAL = 0.05
"""Added where a name says that something happened, not that it was planned."""

_NAMED = frozenset({"order_id", "lot_id", "product", "family", "operation", "resource", "operator"})
_COMPOSED = 0.9
"""Score of a name made of a word for an amount and one for what is counted."""

_SETUP_ENDS = {"start_at": "setup_start_at", "end_at": "setup_end_at"}
_QUANTITIES = frozenset({"good_quantity", "scrap_quantity", "hold_quantity", "order_quantity"})
_DURATIONS = frozenset({"duration", "planned_duration", "setup_duration"})
_HAPPENED = frozenset(
    {"start_at", "end_at", "duration", "setup_duration", "good_quantity", "timestamp"}
)


@cache
def _data() -> dict[str, dict[str, list[str]]]:
    merged: dict[str, dict[str, list[str]]] = {}
    for name in ("synonyms.toml", "synonyms_more.toml", "synonyms_parts.toml"):
        text = files("zhizao.connect").joinpath(name).read_text(encoding="utf-8")
        data: dict[str, Any] = tomllib.loads(text)
        for table, phrases_of in data.items():
            if table == "letters":
                continue
            for key, phrases in phrases_of.items():
                known = merged.setdefault(table, {}).setdefault(key, [])
                known += [p for p in map(plain, phrases) if p and p not in known]
    return merged


@cache
def _simple_letters() -> dict[int, int]:
    text = files("zhizao.connect").joinpath("synonyms_parts.toml").read_text(encoding="utf-8")
    letters = tomllib.loads(text)["letters"]
    return str.maketrans(letters["traditional"], letters["simplified"])


def simplified(text: str) -> str:
    """Return a text with the Chinese letters of mainland China; as long as it was.

    Examples
    --------
    >>> simplified("製令單號")
    '制令单号'
    """
    return text if text.isascii() else text.translate(_simple_letters())


def is_unspaced(text: str) -> bool:
    """Return whether a text is written in a script without blanks between words.

    Examples
    --------
    >>> is_unspaced("开始时间"), is_unspaced("start time")
    (True, False)
    """
    return _UNSPACED.search(text) is not None


@cache
def phrases(field: str) -> tuple[str, ...]:
    """Return all names of a field, plain.

    Examples
    --------
    >>> "fin reelle" in phrases("end_at")
    True
    """
    return tuple(_data()["fields"][field])


@cache
def vocabulary(table: str, key: str) -> frozenset[str]:
    """Return the words of ``synonyms.toml`` under ``[table] key``.

    Examples
    --------
    >>> "breakdown" in vocabulary("words", "down")
    True
    """
    return frozenset(_data()[table][key])


def mentions(text: str, key: str) -> bool:
    """Return whether a text has one of the words of ``synonyms.toml`` under ``[words] key``.

    Examples
    --------
    >>> mentions("E12 breakdown", "down"), mentions("机床故障", "down"), mentions("Milling", "down")
    (True, True, False)
    """
    words = f" {plain(text)} "
    return any(
        (word in words) if is_unspaced(word) else (f" {word} " in words)
        for word in vocabulary("words", key)
    )


@lru_cache(maxsize=4096)
def plain(name: str) -> str:
    """Return a name in lower case, without accents, words apart by one blank.

    Examples
    --------
    >>> plain("Work Order  Qty"), plain("startTime"), plain("Operación"), plain("org:resource")
    ('work order qty', 'start time', 'operacion', 'org resource')
    """
    name = simplified(name)
    apart = _CAMEL.sub(" ", name) if not name.isupper() else name
    apart = _SCRIPTS.sub(" ", apart)
    folded = unicodedata.normalize("NFKD", apart.casefold())
    unaccented = "".join(c for c in folded if not unicodedata.combining(c)).translate(_LETTERS)
    return _APART.sub(" ", unicodedata.normalize("NFKC", unaccented)).strip()


def unit_in_name(name: str) -> str | None:
    """Return the unit of time that a name states: s, min, h or d.

    Examples
    --------
    >>> unit_in_name("Duration (min)"), unit_in_name("planned_h"), unit_in_name("Span")
    ('min', 'h', None)
    """
    words = plain(name).split()
    bracket = _IN_BRACKETS.search(name)
    candidates = [plain(bracket.group(1))] if bracket else []
    candidates += words[-1:]
    for unit, spellings in _data()["units"].items():
        if any(c in spellings for c in candidates):
            return unit
    return None


def field_scores(name: str) -> dict[str, float]:
    """Return how well a name fits each field, between 0 and 1; fields that do not fit are left out.

    Examples
    --------
    >>> max(field_scores("Work Order  Qty").items(), key=lambda pair: pair[1])
    ('order_quantity', 1.0)
    >>> max(field_scores("计划交期").items(), key=lambda pair: pair[1])
    ('due_at', 1.0)
    """
    return dict(_scores(name))


@lru_cache(maxsize=4096)
def _scores(name: str) -> dict[str, float]:
    bare = plain(_IN_BRACKETS.sub("", name)) or plain(name)
    if (rest := _without_setup(bare)) is not None:
        whole = dict.fromkeys(_SETUP_ENDS, 0.0) | _plain_scores(rest)
        found = {_SETUP_ENDS[f]: whole[f] for f in _SETUP_ENDS if whole[f] > 0.0}
        if found:
            return found
    return _plain_scores(bare)


def _without_setup(bare: str) -> str | None:
    """Return a plain name without the part that says that it is about a setup; None if it has none."""
    for part in sorted(_data()["words"]["setup_part"], key=len, reverse=True):
        if _UNSPACED.search(part):
            if part in bare and part != bare:
                return bare.replace(part, "", 1).strip()
            continue
        words = bare.split()
        of_part = part.split()
        n = len(of_part)
        for i in range(len(words) - n + 1):
            if words[i : i + n] == of_part and len(words) > n:
                return " ".join(words[:i] + words[i + n :])
        for i, word in enumerate(words):
            if n == 1 and len(part) >= _MIN_PREFIX and word.startswith(part) and word != part:
                return " ".join([*words[:i], word.removeprefix(part), *words[i + 1 :]])
    return None


def _plain_scores(bare: str) -> dict[str, float]:
    """Return how well a plain name fits each field."""
    words = bare.split()
    is_plan = any(
        word in words or (_UNSPACED.search(word) and word in bare)
        for word in vocabulary("words", "plan")
    )
    scores: dict[str, float] = {}
    for field, phrases in _data()["fields"].items():
        best = max((_fit(phrase, bare, words) for phrase in phrases), default=0.0)
        if best < EXACT and is_plan and field in _HAPPENED:
            continue
        if best > 0.0:
            scores[field] = best
    if any(
        f" {w} " in f" {bare} " or (is_unspaced(w) and w in bare)
        for w in vocabulary("words", "per_piece")
    ):
        scores = {field: score for field, score in scores.items() if field not in _DURATIONS}
    if max(scores.values(), default=0.0) < EXACT and _has_amount(bare, words):
        # an amount is no name: 'quantity of the order' is no order
        scores = {field: score for field, score in scores.items() if field not in _NAMED}
    if any(word in words for word in vocabulary("words", "actual")):
        for field in scores.keys() & _HAPPENED:
            scores[field] = min(scores[field] + _ACTUAL, EXACT)
    if max(scores.values(), default=0.0) < EXACT and (amount := _amount_in(bare, words)):
        scores[amount] = _COMPOSED
    if scores.keys() & _QUANTITIES and scores.get("quantity", EXACT) < EXACT:
        del scores["quantity"]  # 'quantity scrap' says which quantity it is
    return scores


def _has_amount(bare: str, words: Sequence[str]) -> bool:
    """Return whether a plain name has a word for an amount; in Chinese or Japanese at its end."""
    return any(
        w in words or (_UNSPACED.search(w) is not None and bare.endswith(w))
        for w in _data()["quantities"]["amount"]
    )


def _amount_in(bare: str, words: Sequence[str]) -> str | None:
    """Return which quantity a plain name says, by a word for an amount and one for what is counted."""
    parts = _data()["quantities"]
    if not _has_amount(bare, words):
        return None
    for field, stems in parts.items():
        if field != "amount" and any(
            (_UNSPACED.search(stem) and stem in bare)
            or any(w == stem or (len(stem) >= _MIN_STEM and w.startswith(stem)) for w in words)
            for stem in stems
        ):
            return None if field == "rework_quantity" else field
    return None


def _fit(phrase: str, bare: str, words: Sequence[str]) -> float:
    if phrase == bare or (len(words) == 1 and phrase.replace(" ", "") == bare):
        return EXACT if phrase == bare else _RUN_TOGETHER
    share = len(phrase) / max(len(bare), 1)
    if _UNSPACED.search(phrase):
        whole = bare.replace(" ", "")
        is_part = len(phrase) > 1 and phrase in whole
        is_whole = phrase.replace(" ", "") == whole
        return _RUN_TOGETHER if is_whole else _WITHIN + 0.3 * share if is_part else 0.0
    if f" {phrase} " in f" {bare} ":
        return _WITHIN + 0.3 * share
    if len(phrase) >= _MIN_COMPOUND and " " not in phrase:
        for word in words:
            if word.startswith(phrase) or word.endswith(phrase):
                return _WITHIN + 0.25 * share
    return 0.0


def header_score(names: Sequence[str]) -> float:
    """Return how many names of a header fit some field: a sheet of records has many.

    Examples
    --------
    >>> header_score(["Order", "Machine", "Start"]) > header_score(["Region", "Sales"])
    True
    """
    return sum(max(field_scores(name).values(), default=0.0) for name in names)
