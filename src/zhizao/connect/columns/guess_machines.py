"""Guess which column is the machine: by names of tables, by values, beside its group or its plant."""

import polars as pl

from zhizao.connect.columns.guess_fields import READABLE, FieldGuess
from zhizao.connect.columns.table_names import DATE, NAME
from zhizao.connect.files.raw import BLOCK_DATE
from zhizao.connect.synonyms import EXACT, field_scores, plain, vocabulary

_SURE = 0.9
_MOST_WORDS = 40
_MOST_AT_ONCE = 0.2
"""Share of rows that begin while another one of a machine goes on, at most."""

_MOST_MACHINES = 300


def settle_resource(guess: FieldGuess) -> None:
    """Take the single machine as the resource where a column names it beside its group."""
    taken = guess.columns.get("resource")
    if taken is None:
        return
    for name in guess.free():
        profile, group = guess.profiles[name], guess.profiles[taken]
        is_named = field_scores(name).get("resource", 0.0) >= EXACT
        if (
            not is_named
            or profile.n_cells < _SURE * profile.n_rows
            or profile.n_unique <= group.n_unique
        ):
            continue
        pairs = guess.sample.select(name, taken).drop_nulls().unique()
        if pairs[name].n_unique() == pairs.height:
            guess.columns["resource"] = name
            guess.notes.append(
                f"'{name}' is the resource; '{taken}' is the group that it belongs to."
            )
            return


def settle_site(guess: FieldGuess) -> None:
    """Tell machines of one name apart by the plant that they stand in."""
    resource = guess.columns.get("resource")
    if resource is None:
        return
    for name in guess.free():
        is_site = plain(name) in vocabulary("words", "site")
        if not is_site or not 2 <= guess.profiles[name].n_unique <= _MOST_WORDS:
            continue
        pairs = guess.table.frame.select(name, resource).drop_nulls().unique()
        if pairs.height > pairs[resource].n_unique():
            guess.columns["site"] = name
            guess.notes.append(
                f"'{resource}' has the same names in several of '{name}': they are kept apart."
            )
            return


def settle_table_name(guess: FieldGuess) -> None:
    """Take the name of a table as the machine or the date of its rows, where no column says it."""
    columns = guess.columns
    names = guess.sample.columns
    if BLOCK_DATE in names and "date" not in columns:
        columns["date"] = BLOCK_DATE
        guess.notes.append("The date that stands alone above a group of rows is that of its rows.")
    elif DATE in names and "date" not in columns:
        columns["date"] = DATE
        guess.notes.append("The name of the table is the date of its rows.")
    if NAME not in names or "resource" in columns or not {"start_at", "end_at"} <= columns.keys():
        return
    if at_once(guess, NAME) <= _MOST_AT_ONCE:
        columns["resource"] = NAME
        guess.notes.append(
            "The name of the table is the resource: no column names one, and hardly any of its rows overlap."
        )


def settle_machine(guess: FieldGuess) -> None:
    """Find the resource by its values where no column is named like one.

    Each value does one operation, an operation is done by several, and hardly any two rows of
    a value overlap, as those of a machine.
    """
    columns = guess.columns
    if "resource" in columns or not {"operation", "start_at", "end_at"} <= columns.keys():
        return
    if "start_date" in columns:  # the clock times alone do not tell what overlaps
        return
    operation = columns["operation"]
    for name in guess.free():
        profile = guess.profiles[name]
        is_text = max(profile.instant, profile.number, profile.duration) < READABLE
        if not is_text or profile.n_cells < _SURE * profile.n_rows:
            continue
        pairs = guess.sample.select(name, operation).drop_nulls().unique()
        is_machine = guess.profiles[operation].n_unique < pairs.height == profile.n_unique
        if (
            is_machine
            and profile.n_unique <= _MOST_MACHINES
            and at_once(guess, name) <= _MOST_AT_ONCE
        ):
            columns["resource"] = name
            guess.notes.append(
                f"'{name}' is the resource by its values only: each does one operation at a time. Check it."
            )
            return


def at_once(guess: FieldGuess, name: str) -> float:
    r"""Return the share of rows after the first that begin while another one of a value goes on.

    Examples
    --------
    >>> from zhizao.connect.files.text_files import table_of_text
    >>> text = "machine,start,end\nM,2024-01-01 08:00,2024-01-01 10:00\nM,2024-01-01 09:00,2024-01-01 11:00\n"
    >>> at_once(FieldGuess(table_of_text(text, name="a.csv", encoding="utf-8")), "machine")
    1.0
    """
    start, end = (guess.instants(guess.columns[f]) for f in ("start_at", "end_at"))
    spans = pl.DataFrame({"start": start, "end": end, "of": guess.sample[name]}).drop_nulls()
    before = pl.col("end").cum_max().shift(1).over("of")
    share = spans.sort("start", "end").select((pl.col("start") < before).mean()).item()
    return float(share or 0.0)
