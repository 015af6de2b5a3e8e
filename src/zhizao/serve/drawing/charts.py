"""Charts as SVG text: pure functions of numbers and names, nothing else.

No script and no library: the page must open from a stick on a machine without
a network, print in grey, and be read by someone who cannot tell red from
green (colours: Okabe & Ito 2008). Shape or place says everything that colour
says.
"""

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

BLUE = "#0072B2"
ORANGE = "#D55E00"
SKY = "#9CCBE8"
GREY = "#6b7280"
PALE = "#e5e7eb"
INK = "#1f2937"

FONT = "font-family='system-ui,-apple-system,Segoe UI,Noto Sans CJK SC,PingFang SC,Microsoft YaHei,sans-serif'"


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A value with its interval, as a row of an interval chart."""

    label: str
    value: float
    low: float | None = None
    high: float | None = None
    tone: str = GREY


@dataclass(frozen=True, kw_only=True)
class Scale:
    """A linear map from values to pixels."""

    first: float
    last: float
    from_px: float
    to_px: float

    def __call__(self, value: float) -> float:
        """Return the pixel of a value, rounded to a tenth."""
        share = (value - self.first) / (self.last - self.first)
        return round(self.from_px + share * (self.to_px - self.from_px), 1)


def svg(body: str, *, width: float, height: float, title: str) -> str:
    """Return a whole SVG picture that scales down with the page.

    Examples
    --------
    >>> "<title>a &lt; b</title>" in svg("", width=10, height=5, title="a < b")
    True
    """
    return (
        f"<svg viewBox='0 0 {width:g} {height:g}' width='{width:g}' height='{height:g}' "
        f"role='img' {FONT} font-size='12' fill='{INK}' xmlns='http://www.w3.org/2000/svg'>"
        f"<title>{escape(title)}</title>{body}</svg>"
    )


def text(
    x: float,
    y: float,
    content: str,
    *,
    anchor: str = "start",
    size: float = 12,
    fill: str = INK,
    weight: str = "normal",
) -> str:
    """Return a text element with its content escaped.

    Examples
    --------
    >>> text(1, 2, "<P>")
    "<text x='1' y='2' text-anchor='start' font-size='12' fill='#1f2937' font-weight='normal'>&lt;P&gt;</text>"
    """
    return (
        f"<text x='{x:g}' y='{y:g}' text-anchor='{anchor}' font-size='{size:g}' "
        f"fill='{fill}' font-weight='{weight}'>{escape(content)}</text>"
    )


def shortened(name: str, *, width: int) -> str:
    """Return a name cut to a number of columns; a Chinese character takes two.

    Examples
    --------
    >>> shortened("Turning & Milling", width=10), shortened("车铣复合", width=5)
    ('Turning &…', '车铣…')
    """
    if columns(name) <= width:
        return name
    kept, used = "", 1
    for character in name:
        used += columns(character)
        if used > width:
            break
        kept += character
    return kept.rstrip() + "…"


def columns(name: str) -> int:
    """Return how many columns of a fixed grid a name takes.

    Examples
    --------
    >>> columns("abc"), columns("工单")
    (3, 4)
    """
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in name)


def ticks(first: float, last: float, *, n: int = 5) -> list[float]:
    """Return about ``n`` round values that cover a range.

    Examples
    --------
    >>> ticks(0.0, 97.0)
    [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]
    """
    if last <= first:
        last = first + max(1.0, abs(first))
    raw = (last - first) / n
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= raw * (1 - 1e-9))
    begin = math.floor(first / step + 1e-9)
    end = math.ceil(last / step - 1e-9)
    return [round(i * step, 12) for i in range(begin, end + 1)]


def number(value: float | None, *, digits: int = 3) -> str:
    """Return a value with about ``digits`` significant digits; unknown is a dash.

    Examples
    --------
    >>> number(1234.5), number(0.01234), number(-2.0), number(None)
    ('1,234', '0.0123', '−2', '–')
    """
    if value is None or math.isnan(value):
        return "–"
    if value == 0:
        return "0"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    shown = f"{abs(value):,.{min(decimals, 6)}f}"
    if "." in shown:
        shown = shown.rstrip("0").rstrip(".")
    return ("−" if value < 0 and shown != "0" else "") + shown


def share_bar(share: float, *, width: int = 120, tone: str = BLUE, title: str = "") -> str:
    """Return a bar that fills a share of its width.

    Examples
    --------
    >>> "width='60'" in share_bar(0.5, width=120)
    True
    """
    filled = round(width * min(1.0, max(0.0, share)), 1)
    return svg(
        f"<rect width='{width}' height='10' fill='{PALE}'/>"
        f"<rect width='{filled:g}' height='10' fill='{tone}'/>",
        width=width,
        height=10,
        title=title or f"{share:.1%}",
    )


def interval_chart(
    rows: Sequence[Interval], *, title: str, axis: str, width: int = 500, label_width: int = 180
) -> str:
    """Return values with their intervals on one axis that holds 0.

    Parameters
    ----------
    rows : sequence of Interval
        One row each, in the unit of the axis.
    title, axis : str
        What it shows; name and unit of the axis.

    Examples
    --------
    >>> chart = interval_chart([Interval(label="a", value=-2.0, low=-3.0, high=-1.0)],
    ...                        title="t", axis="h")
    >>> chart.count("<circle")
    1
    """
    ends = [v for r in rows for v in (r.value, r.low, r.high) if v is not None] + [0.0]
    marks = ticks(min(ends), max(ends), n=4)
    height = 22 * len(rows) + 46
    bottom = height - 38
    scale = Scale(first=marks[0], last=marks[-1], from_px=label_width + 8, to_px=width - 16)
    body = [_x_axis(marks, scale, top=4, bottom=bottom, axis=axis)]
    body.append(f"<line x1='{scale(0):g}' x2='{scale(0):g}' y1='2' y2='{bottom}' stroke='{INK}'/>")
    for i, row in enumerate(rows):
        y = 22 * i + 16
        body.append(
            text(label_width, y + 4, shortened(row.label, width=label_width // 7), anchor="end")
        )
        known = number(row.value)
        if row.low is not None and row.high is not None:
            known += f" ({number(row.low)} … {number(row.high)})"
            body.append(
                f"<line x1='{scale(row.low):g}' x2='{scale(row.high):g}' y1='{y}' y2='{y}' "
                f"stroke='{row.tone}' stroke-width='3' stroke-linecap='round'/>"
            )
        body.append(
            f"<circle cx='{scale(row.value):g}' cy='{y}' r='5' fill='{row.tone}'>"
            f"<title>{escape(row.label)}: {escape(known)}</title></circle>"
        )
    return svg("".join(body), width=width, height=height, title=title)


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A value beside another one of the same thing, as a row of a pair chart."""

    label: str
    value: float
    other: float | None
    note: str
    is_good: bool


def pair_chart(
    rows: Sequence[Pair], *, title: str, axis: str, value: str, other: str, width: int = 540,
    label_width: int = 168,
) -> str:  # fmt: skip
    """Return rows with two values each on one axis from 0: a dot and a bar across, and a note.

    Before each name stands a tick where it is good, else a cross. ``value`` and ``other``
    name the two.

    Examples
    --------
    >>> chart = pair_chart([Pair(label="a", value=2.0, other=3.0, note="n = 5", is_good=True)],
    ...                    title="t", axis="h", value="ours", other="plain")
    >>> chart.count("<circle"), "✓" in chart
    (2, True)
    """
    top = max((v for r in rows for v in (r.value, r.other) if v is not None), default=1.0)
    marks = ticks(0.0, top or 1.0, n=4)
    height = 20 * len(rows) + 66
    bottom = height - 38
    scale = Scale(first=0.0, last=marks[-1], from_px=label_width + 8, to_px=width - 132)
    body = [_x_axis(marks, scale, top=24, bottom=bottom, axis=axis)]
    second = scale.from_px + 20 + 7 * columns(value)
    body += [
        f"<circle cx='{scale.from_px + 4:g}' cy='10' r='5' fill='{BLUE}'/>",
        text(scale.from_px + 13, 14, value, size=11, fill=GREY),
        f"<path d='M{second + 5:g} 4v12' stroke='{INK}' stroke-width='2'/>",
        text(second + 12, 14, other, size=11, fill=GREY),
    ]
    for i, row in enumerate(rows):
        y = 20 * i + 36
        name = shortened(row.label, width=label_width // 7 - 2)
        mark, tone = ("✓", BLUE) if row.is_good else ("✗", ORANGE)
        known = f"{row.label}: {number(row.value)} / {number(row.other)}"
        body.append(
            f"<g><title>{escape(known)}</title>"
            + text(2, y + 4, mark, fill=tone, weight="bold")
            + text(label_width, y + 4, name, anchor="end")
            + text(width - 122, y + 4, row.note, size=11, fill=GREY)
        )
        if row.other is not None:
            body.append(
                f"<path d='M{scale(row.value):g} {y}H{scale(row.other):g}' stroke='{PALE}' stroke-width='3'/>"
                f"<path d='M{scale(row.other):g} {y - 6}v12' stroke='{INK}' stroke-width='2'/>"
            )
        body.append(f"<circle cx='{scale(row.value):g}' cy='{y}' r='5' fill='{tone}'/></g>")
    return svg("".join(body), width=width, height=height, title=title)


def bar_chart(
    rows: Sequence[tuple[str, float, str]],
    *,
    title: str,
    axis: str,
    last: float | None = None,
    width: int = 620,
    label_width: int = 190,
    tone: str = BLUE,
) -> str:
    """Return horizontal bars from 0: (label, value, note at the end of the bar).

    Examples
    --------
    >>> bar_chart([("saw", 0.5, "n = 3")], title="load", axis="share").count("<rect")
    1
    """
    top = max([last or 0.0, *(v for _, v, _ in rows)], default=0.0) or 1.0
    marks = ticks(0.0, top)
    height = 20 * len(rows) + 46
    bottom = height - 38
    scale = Scale(first=0.0, last=marks[-1], from_px=label_width + 8, to_px=width - 110)
    body = [_x_axis(marks, scale, top=4, bottom=bottom, axis=axis)]
    for i, (label, value, note) in enumerate(rows):
        y = 20 * i + 8
        end = scale(value)
        short = shortened(label, width=label_width // 7)
        body.append(
            f"<g><title>{escape(label)}</title>"
            + text(label_width, y + 11, short, anchor="end")
            + f"<rect x='{scale(0):g}' y='{y}' width='{end - scale(0):g}' height='13' "
            f"fill='{tone}'/>" + text(end + 5, y + 11, note, size=11, fill=GREY) + "</g>"
        )
    return svg("".join(body), width=width, height=height, title=title)


def _x_axis(marks: Sequence[float], scale: Scale, *, top: float, bottom: float, axis: str) -> str:
    lines = [
        f"<line x1='{scale(m):g}' x2='{scale(m):g}' y1='{top:g}' y2='{bottom:g}' stroke='{PALE}'/>"
        + text(scale(m), bottom + 14, number(m), anchor="middle", size=11, fill=GREY)
        for m in marks
    ]
    middle = (scale.from_px + scale.to_px) / 2
    return "".join(lines) + text(middle, bottom + 31, axis, anchor="middle", size=11, fill=GREY)
