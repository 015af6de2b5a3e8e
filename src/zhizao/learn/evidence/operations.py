"""Names of operations without the machine that did them.

A plant that writes 'Turning - Machine 4' and 'Turning - Machine 5' has one
operation and two resources. A line with 'Assembly - Station 1' followed by
'Assembly - Station 2' has two operations: names are joined only where one
order seldom shows more than one of them.
"""

import re
from collections import Counter
from collections.abc import Iterable

import polars as pl

_NUMBERED = re.compile(r"([^\W\d_]+)\s*[-_#.]?\s*(\d+[A-Za-z]?)\b")
_SEPARATED = re.compile(r"\s*(?:\s[-–—:/|]\s*|\s*[-–—:/|]\s|[(（\[@])\s*")
_JOINED_SHARE = 0.5


def machine_words(resources: Iterable[str]) -> frozenset[str]:
    """Return the words that stand before a number in resource names.

    Examples
    --------
    >>> sorted(machine_words(["Machine 4 - Turning", "机床3", "Packing"]))
    ['machine', '机床']
    """
    found = (_NUMBERED.findall(name) for name in resources)
    return frozenset(word.casefold() for pairs in found for word, _ in pairs)


def without_machine(operation: str, *, words: frozenset[str]) -> str:
    """Return an operation's name without a part that only names a machine.

    Examples
    --------
    >>> without_machine("Turning & Milling - Machine 4", words=frozenset({"machine"}))
    'Turning & Milling'
    >>> without_machine("Round Grinding - Manual", words=frozenset({"machine"}))
    'Round Grinding - Manual'
    """
    name = " ".join(operation.split())
    parts = [part.strip(" )）]") for part in _SEPARATED.split(name)]
    kept = [part for part in parts if part and not _is_machine(part, words)]
    if len(kept) == len([part for part in parts if part]) or not kept:
        return name
    return " - ".join(kept)


def _is_machine(part: str, words: frozenset[str]) -> bool:
    match = _NUMBERED.fullmatch(part)
    return bool(match) and match is not None and match.group(1).casefold() in words


def operation_names(table: pl.DataFrame) -> dict[str, str]:
    """Return the operation that each reported name stands for.

    Parameters
    ----------
    table
        Reports with ``order_id``, ``operation`` and ``resource``.

    Examples
    --------
    >>> rows = {"order_id": ["A", "B"], "operation": ["cut - M 1", "cut - M 2"]}
    >>> operation_names(pl.DataFrame({**rows, "resource": ["M 1", "M 2"]}))
    {'cut - M 1': 'cut', 'cut - M 2': 'cut'}
    """
    names = sorted(table["operation"].unique().to_list())
    words = machine_words(table["resource"].drop_nulls().unique().to_list())
    short = {name: without_machine(name, words=words) for name in names}
    n_names = Counter(short.values())
    alike = [name for name in names if n_names[short[name]] > 1]
    frame = table.select("order_id", "operation").filter(pl.col("operation").is_in(alike)).unique()
    frame = frame.with_columns(
        short=pl.col("operation").replace_strict(short, return_dtype=pl.String)
    )
    several = (
        frame.group_by("short", "order_id")
        .agg(pl.len().alias("n_names"))
        .group_by("short")
        .agg((pl.col("n_names") > 1).mean().alias("share"))
    )
    apart = set(several.filter(pl.col("share") >= _JOINED_SHARE)["short"].to_list())
    return {name: " ".join(name.split()) if short[name] in apart else short[name] for name in names}
