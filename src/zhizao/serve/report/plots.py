"""Charts with two axes: predicted against actual, a curve with its band, a week."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from zhizao.serve.drawing.charts import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    PALE,
    SKY,
    Scale,
    number,
    svg,
    text,
    ticks,
)


@dataclass(frozen=True, kw_only=True)
class Point:
    """One order: predicted and actual hours from the cut-off to completion."""

    label: str
    predicted_h: float
    high_h: float | None
    actual_h: float
    is_censored: bool = False


def scatter_chart(
    points: Sequence[Point],
    *,
    title: str,
    x_axis: str,
    y_axis: str,
    same: str,
    width: int = 430,
    height: int = 370,
) -> str:
    """Return predicted (x, with a whisker to its P90) against actual (y).

    The diagonal is where both are equal. A hollow triangle is an order that
    was not done when the records end: its actual value is at least that.

    Examples
    --------
    >>> chart = scatter_chart([Point(label="A", predicted_h=5, high_h=8, actual_h=6)],
    ...                       title="t", x_axis="x", y_axis="y", same="equal")
    >>> chart.count("<circle")
    1
    """
    top = max((v for p in points for v in (p.predicted_h, p.actual_h)), default=1.0)
    marks = ticks(0.0, max(top, 1e-9))
    x = Scale(first=0.0, last=marks[-1], from_px=58, to_px=width - 24)
    y = Scale(first=0.0, last=marks[-1], from_px=height - 46, to_px=12)
    body = [_frame(marks, marks, x, y, x_axis=x_axis, y_axis=y_axis)]
    body.append(
        f"<line x1='{x(0):g}' y1='{y(0):g}' x2='{x(marks[-1]):g}' y2='{y(marks[-1]):g}' "
        f"stroke='{INK}' stroke-dasharray='5 4'/>"
        + text(x(marks[-1]) - 8, y(marks[-1]) + 24, same, anchor="end", size=11, fill=GREY)
    )
    for p in points:
        px, py = x(p.predicted_h), y(p.actual_h)
        if p.high_h is not None:
            end = x(min(p.high_h, marks[-1]))
            body.append(f"<line x1='{px:g}' x2='{end:g}' y1='{py:g}' y2='{py:g}' stroke='{SKY}'/>")
        tip = f"<title>{escape(p.label)}: {number(p.predicted_h)} → {number(p.actual_h)}</title>"
        if p.is_censored:
            body.append(
                f"<path d='M{px - 4:g} {py + 4:g}h8l-4 -8z' fill='#fff' stroke='{ORANGE}'>{tip}</path>"
            )
        else:
            body.append(
                f"<circle cx='{px:g}' cy='{py:g}' r='3.2' fill='{BLUE}' fill-opacity='.75'>"
                f"{tip}</circle>"
            )
    return svg("".join(body), width=width, height=height, title=title)


@dataclass(frozen=True, kw_only=True)
class Curve:
    """Values over time; ``None`` breaks the line."""

    label: str
    values: Sequence[float | None]
    tone: str
    dash: str = ""


def band_chart(
    at: Sequence[datetime],
    curves: Sequence[Curve],
    *,
    title: str,
    y_axis: str,
    band: tuple[Sequence[float], Sequence[float]] | None = None,
    band_label: str = "",
    width: int = 540,
    height: int = 290,
) -> str:
    """Return curves over time, with a band behind them.

    Examples
    --------
    >>> days = [datetime(2024, 1, 1), datetime(2024, 1, 2)]
    >>> band_chart(days, [Curve(label="a", values=[1, 2], tone=BLUE)], title="t",
    ...            y_axis="orders").count("<polyline")
    1
    """
    seconds = [(a - at[0]).total_seconds() for a in at]
    values = [v for c in curves for v in c.values if v is not None]
    values += list(band[1]) if band else []
    marks = ticks(0.0, max(values, default=1.0) or 1.0)
    x = Scale(first=0.0, last=max(seconds[-1], 1.0), from_px=58, to_px=width - 24)
    y = Scale(first=0.0, last=marks[-1], from_px=height - 50, to_px=30)
    body = [_frame([], marks, x, y, x_axis="", y_axis=y_axis)]
    n_dates = min(6, len(at))
    for k in range(n_dates):
        i = round(k * (len(at) - 1) / max(1, n_dates - 1))
        body.append(
            text(x(seconds[i]), y(0) + 16, f"{at[i]:%m-%d}", anchor="middle", size=11, fill=GREY)
        )
    entries = []
    if band:
        low, high = band
        path = [f"{x(s):g},{y(v):g}" for s, v in zip(seconds, high, strict=True)]
        path += [f"{x(s):g},{y(v):g}" for s, v in list(zip(seconds, low, strict=True))[::-1]]
        body.append(f"<polygon points='{' '.join(path)}' fill='{SKY}' fill-opacity='.55'/>")
        entries.append((band_label, SKY, ""))
    for curve in curves:
        for piece in _pieces(seconds, curve.values):
            points = " ".join(f"{x(s):g},{y(v):g}" for s, v in piece)
            dash = f" stroke-dasharray='{curve.dash}'" if curve.dash else ""
            body.append(
                f"<polyline points='{points}' fill='none' stroke='{curve.tone}' "
                f"stroke-width='2'{dash}/>"
            )
        entries.append((curve.label, curve.tone, curve.dash))
    body.append(_legend(entries))
    return svg("".join(body), width=width, height=height, title=title)


def week_heat_map(
    shares: Sequence[Sequence[float]], *, days: Sequence[str], title: str, width: int = 430
) -> str:
    """Return the open share of each hour: 7 rows (Monday first) of 24 values.

    Examples
    --------
    >>> week_heat_map([[0.0] * 24] * 7, days="一二三四五六日", title="t").count("<rect")
    168
    """
    left, cell, row = 34, (width - 54) / 24, 14
    body = []
    for d, values in enumerate(shares):
        body.append(text(left - 6, row * d + 11, days[d], anchor="end", size=11))
        for h, share in enumerate(values):
            opacity = f" fill-opacity='{share:.2f}'" if 0.0 < share < 1.0 else ""
            fill = BLUE if share > 0 else PALE
            body.append(
                f"<rect x='{left + h * cell:.1f}' y='{row * d + 1}' width='{cell - 1:.1f}' "
                f"height='{row - 1}' fill='{fill}'{opacity}/>"
            )
    body += [
        text(left + h * cell, row * 7 + 13, f"{h}:00", anchor="middle", size=10, fill=GREY)
        for h in (0, 6, 12, 18, 24)
    ]
    return svg("".join(body), width=width, height=row * 7 + 18, title=title)


def _pieces(
    seconds: Sequence[float], values: Sequence[float | None]
) -> list[list[tuple[float, float]]]:
    pieces: list[list[tuple[float, float]]] = [[]]
    for s, v in zip(seconds, values, strict=True):
        if v is None:
            pieces.append([])
        else:
            pieces[-1].append((s, v))
    return [p for p in pieces if p]


def _legend(entries: Sequence[tuple[str, str, str]]) -> str:
    body, left = [], 60.0
    for label, tone, dash in entries:
        stroke = f" stroke-dasharray='{dash}'" if dash else ""
        thick = 10 if tone == SKY else 2.5
        body.append(
            f"<line x1='{left:g}' x2='{left + 22:g}' y1='12' y2='12' stroke='{tone}' "
            f"stroke-width='{thick}'{stroke}/>" + text(left + 27, 16, label, size=11)
        )
        left += 45 + 6.3 * sum(2 if ord(c) > 0x2E80 else 1 for c in label)
    return "".join(body)


def _frame(
    x_marks: Sequence[float],
    y_marks: Sequence[float],
    x: Scale,
    y: Scale,
    *,
    x_axis: str,
    y_axis: str,
) -> str:
    bottom, top = y.from_px, y.to_px
    body = [
        f"<line x1='{x(m):g}' x2='{x(m):g}' y1='{top:g}' y2='{bottom:g}' stroke='{PALE}'/>"
        + text(x(m), bottom + 15, number(m), anchor="middle", size=11, fill=GREY)
        for m in x_marks
    ]
    body += [
        f"<line x1='{x.from_px:g}' x2='{x.to_px:g}' y1='{y(m):g}' y2='{y(m):g}' stroke='{PALE}'/>"
        + text(x.from_px - 6, y(m) + 4, number(m), anchor="end", size=11, fill=GREY)
        for m in y_marks
    ]
    middle = (x.from_px + x.to_px) / 2
    centre = (top + bottom) / 2
    body.append(text(middle, bottom + 34, x_axis, anchor="middle", size=11, fill=GREY))
    body.append(
        f"<g transform='translate(13 {centre:g}) rotate(-90)'>"
        + text(0, 0, y_axis, anchor="middle", size=11, fill=GREY)
        + "</g>"
    )
    return "".join(body)
