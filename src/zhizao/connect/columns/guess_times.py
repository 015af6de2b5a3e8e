"""Guess start and end: clock times beside dates, and instants that lie one before the other."""

from zhizao.connect.columns.guess_fields import READABLE, FieldGuess
from zhizao.connect.synonyms import field_scores
from zhizao.connect.values.clocks import is_clock


def settle_dates(guess: FieldGuess) -> None:
    """Join clock times with the dates that stand in columns of their own."""
    columns = guess.columns
    dates = {field: columns[field] for field in ("start_at", "end_at") if field in columns}
    dates = {f: n for f, n in dates.items() if guess.is_date_only(n)}
    clocks = {
        n for n in guess.free() if guess.profiles[n].clock >= READABLE or is_clock(guess.sample[n])
    }
    stamp = columns.get("timestamp")
    common = dates.get("start_at") or columns.get("date")
    if common is None and stamp is not None and guess.is_date_only(stamp):
        common = stamp
    for field in ("start_at", "end_at"):
        scores = {
            name: field_scores(name).get(field, 0.0) for name in guess.free() if name in clocks
        }
        clock = max(scores, key=scores.__getitem__, default=None)
        date = dates.get(field) or common
        if clock is None or scores[clock] == 0.0 or date is None:
            continue
        columns[field.replace("_at", "_date")] = date
        columns[field] = clock
        if date == stamp:
            columns.pop("timestamp", None)
    columns.pop("date", None)
    if "end_date" in columns and columns["end_date"] == columns.get("start_date"):
        guess.notes.append(
            f"'{columns['end_date']}' is the date of start and end: an end that lies before its start is on the next day."
        )


def settle_instants(guess: FieldGuess) -> None:
    """Find start and end by their values where the names did not tell."""
    columns = guess.columns
    free = [
        name
        for name in guess.free()
        if guess.profiles[name].instant >= READABLE and guess.profiles[name].number < READABLE
    ]
    if "start_at" not in columns and "end_at" not in columns and len(free) >= 2:
        pair = max(
            ((a, b) for a in free for b in free if a != b), key=lambda ab: _before(guess, *ab)
        )
        if _before(guess, *pair)[0] >= 0.9:
            columns["start_at"], columns["end_at"] = pair
            guess.notes.append(
                f"'{pair[0]}' and '{pair[1]}' are start and end by their values only."
            )
    elif "start_at" in columns and "end_at" not in columns and free:
        best = max(free, key=lambda name: _before(guess, columns["start_at"], name))
        if _before(guess, columns["start_at"], best)[0] >= 0.9:
            columns["end_at"] = best
            guess.notes.append(f"'{best}' is the end by its values only.")
    if "timestamp" in columns:
        stamp = columns.pop("timestamp")
        if "end_at" not in columns:
            columns["end_at"] = stamp
            guess.notes.append(
                f"'{stamp}' is the only clock time: it is read as the end of the operation."
            )


def _before(guess: FieldGuess, start: str, end: str) -> tuple[float, float]:
    """Return how often one column lies before another, and then how close they are."""
    gap = (guess.instants(end) - guess.instants(start)).dt.total_seconds().drop_nulls()
    if len(gap) == 0:
        return (0.0, 0.0)
    share = float((gap >= 0).sum()) / len(gap)
    return (share if bool((gap > 0).any()) else 0.0, -float(gap.abs().mean() or 0.0))  # type: ignore[arg-type]
