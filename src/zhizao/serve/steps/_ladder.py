"""Whether the ladder is climbed: by the number of reports, always, or never."""

from typing import Literal

from zhizao.learn import MOST_REPORTS

Ladder = Literal["auto", "always", "never"]


def most_reports_of(ladder: Ladder) -> int | None:
    """Return the number of reports up to which the ladder is climbed; None: any.

    Examples
    --------
    >>> most_reports_of("never"), most_reports_of("always")
    (0, None)
    """
    return {"auto": MOST_REPORTS, "always": None, "never": 0}[ladder]
