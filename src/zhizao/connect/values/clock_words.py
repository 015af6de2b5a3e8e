"""What people write around dates and clock times: weekdays, 'at', halves of the day, points, eras."""

from itertools import chain

import polars as pl

_LOOKED_AT = 500
"""Cells, spread over a column, that show which of these forms it has."""

_FORMS: tuple[tuple[str, str], ...] = (
    # weekdays: '4/3/2024(月)', '2024-03-04 星期一', 'Mo, 04.03.2024'
    (r"\s*[(（]\s*\p{L}{1,10}\.?\s*[)）]\s*", " "),
    (r"\s*(?:星期|礼拜|禮拜|周|週)[一二三四五六日天]\s*", " "),
    (r"^\p{L}{2,12}\.?,?\s+(\d{1,4}\s*[-/.年]\s*\d)", "$1"),
    # halves of the day with points or blanks in them, as in Spanish
    (r"(\d)\s*([AaPp])\s?\.?\s?([Mm])\.?$", "$1 $2$3"),
    # words between date and clock time: '04/03/2024 à 8h30'
    (r"(?i)(\d),?\s+(?:à|a|às|as|at|um|kl\.?|klo|om|alle|alle ore|ore|a las|в|o|u)\s+(\d)", "$1 $2"),
    # words behind a clock time
    (r"(?i)(\d)\s*(?:uhr|hrs\.?|uur|hod\.?)$", "$1"),
    # clock times with points, also behind a sign: '2024-03-04-08.30.00.000000', '04-MAR-24 08.30.00 AM'
    (
        r"^(\d{1,4}[-/.][\p{L}\d]{1,10}\.?[-/.]\d{1,4})(?:,?\s+|-)(\d{1,2})\.(\d{2})(?:\.(\d{2}))?((?:\.\d+)?(?:\s*[AaPp][Mm])?)$",
        "$1 $2:$3:$4$5",
    ),
    (r"^(.*\d:\d{2}):((?:\s*[AaPp][Mm])?)$", "$1$2"),
)  # fmt: skip

_REIWA = {f"令和{n}年": f"{2018 + n}年" for n in range(30, 0, -1)}
_REIWA_BEFORE = {"令和元年": "2019年"} | {
    f"{name}{n}{sign}": f"{2018 + n}{sign}"
    for n in range(30, 0, -1)
    for name, sign in (("R", "."), ("R", "/"))
}


def with_plain_clocks(text: pl.Series) -> pl.Series:
    """Return cells without what stands around dates and clock times, clock times with colons.

    Examples
    --------
    >>> cells = ["2024/3/4(月) 8:30", "04.03.2024 08.30", "04/03/2024 à 8h30", "4/3/2024 8:30 p. m."]
    >>> with_plain_clocks(pl.Series(cells)).to_list()
    ['2024/3/4 8:30', '04.03.2024 08:30', '04/03/2024 8h30', '4/3/2024 8:30 pm']
    """
    seen = text.gather_every(max(len(text) // _LOOKED_AT, 1))
    if seen.str.contains(r"令和|^R\d{1,2}[./]").any():
        eras = dict(chain(_REIWA.items(), _REIWA_BEFORE.items()))
        text = text.str.replace_many(list(eras), list(eras.values()))
        seen = text.gather_every(max(len(text) // _LOOKED_AT, 1))
    for pattern, plain in _FORMS:
        if seen.str.contains(pattern).any():
            text = text.str.replace(pattern, plain).str.strip_chars()
            seen = text.gather_every(max(len(text) // _LOOKED_AT, 1))
    return text
