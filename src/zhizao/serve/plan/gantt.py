"""The Gantt chart of a plan as SVG text: a row for each place, time to the right.

Late orders are orange and marked with '!', setups are dark, what is fixed has a frame. Closed
time is grey. Nothing depends on colour alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from zoneinfo import ZoneInfo

from zhizao.model import Assignment, Plant, Schedule, open_intervals
from zhizao.serve.drawing.charts import BLUE, GREY, INK, ORANGE, PALE, SKY, shortened, svg, text

ROW_PX = 22
LABEL_PX = 128
HEAD_PX = 34
_BAR_PX = 16
_FEWEST_PX = 1180
_LEAST_DAY_PX = 96
_MOST_DAYS = 120
_LIGHT = "#cfe6f5"
_CLOSED = "#eceef1"
_SETUP = "#4b5563"


@dataclass(frozen=True, kw_only=True)
class Axis:
    """Time along the chart."""

    start_at: datetime
    end_at: datetime
    width_px: float

    def __call__(self, at: datetime) -> float:
        """Return the pixel of an instant, kept inside the chart."""
        share = (at - self.start_at) / (self.end_at - self.start_at)
        return round(min(1.0, max(0.0, share)) * self.width_px, 1)


def axis_of(plan: Schedule) -> Axis:
    """Return the axis of a plan: all of it, a day at least so wide that its bars can be read.

    Examples
    --------
    >>> from datetime import UTC
    >>> axis_of(Schedule(plant="P", made_at=datetime(2024, 1, 1, tzinfo=UTC))).width_px
    1180.0
    """
    end_at = max((a.end_at for a in plan.assignments), default=plan.made_at)
    end_at = min(
        max(end_at, plan.made_at + timedelta(hours=8)), plan.made_at + timedelta(_MOST_DAYS)
    )
    days = (end_at - plan.made_at) / timedelta(days=1)
    return Axis(
        start_at=plan.made_at,
        end_at=end_at,
        width_px=float(max(_FEWEST_PX, round(_LEAST_DAY_PX * days))),
    )


def rows_of(plan: Schedule, plant: Plant) -> list[tuple[str, int]]:
    """Return (resource, place) of each row, in the plant's order; places without work are left out.

    Examples
    --------
    >>> from datetime import UTC
    >>> rows_of(Schedule(plant="P", made_at=datetime(2024, 1, 1, tzinfo=UTC)), Plant(name="P"))
    []
    """
    used = {(a.resource, a.place) for a in plan.assignments if a.resource is not None}
    return [
        (r.id, place)
        for r in plant.resources
        for place in range(1, r.capacity + 1)
        if (r.id, place) in used
    ]


def labels_svg(rows: Sequence[tuple[str, int]], *, title: str) -> str:
    """Return the names of the rows, which stay while the chart is scrolled."""
    several = {name for name, place in rows if place > 1}
    parts = [
        text(
            4,
            HEAD_PX + ROW_PX * i + 15,
            shortened(f"{name} #{place}" if name in several else name, width=18),
            size=11.5,
        )
        for i, (name, place) in enumerate(rows)
    ]
    height = HEAD_PX + ROW_PX * len(rows) + 4
    return svg("".join(parts), width=LABEL_PX, height=height, title=title)


def gantt_svg(plan: Schedule, plant: Plant, *, title: str, words: Mapping[str, str]) -> str:
    """Return the chart of a plan.

    ``words``: the words for due, setup, fixed, running, late, in the page's language.
    """
    axis, rows = axis_of(plan), rows_of(plan, plant)
    zone = ZoneInfo(plant.time_zone)
    number = {row: i for i, row in enumerate(rows)}
    late = {o.order_id for o in plan.orders if o.tardiness}
    due = {o.order_id: o.due_at for o in plan.orders}
    height = HEAD_PX + ROW_PX * len(rows) + 4
    parts = _closed(plant, rows, axis)
    parts += _grid(axis, zone=zone, height=height, n_rows=len(rows))
    for a in plan.assignments:
        if a.resource is None or a.start_at >= axis.end_at:
            continue
        y = HEAD_PX + ROW_PX * number[a.resource, a.place] + 3
        parts.append(
            _bar(
                a,
                axis,
                y=y,
                zone=zone,
                is_late=a.order_id in late,
                due=due.get(a.order_id),
                words=words,
            )
        )
    return svg("".join(parts), width=axis.width_px, height=height, title=title)


def _closed(plant: Plant, rows: Sequence[tuple[str, int]], axis: Axis) -> list[str]:
    calendars = {c.id: c for c in plant.calendars}
    of_resource = {r.id: r.calendar for r in plant.resources}
    parts: list[str] = []
    shut: dict[str, list[tuple[float, float]]] = {}
    for name in {of_resource[r] for r, _ in rows} - {None}:
        assert name is not None
        spans = open_intervals(
            calendars[name],
            time_zone=plant.time_zone,
            start_at=axis.start_at,
            end_at=axis.end_at,
        )
        edges = [axis.start_at]
        for begin, end in spans.tolist():
            edges += [
                axis.start_at + timedelta(seconds=begin),
                axis.start_at + timedelta(seconds=end),
            ]
        edges.append(axis.end_at)
        shut[name] = [(axis(a), axis(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    for i, (resource, _) in enumerate(rows):
        calendar = of_resource[resource]
        for a, b in shut.get(calendar or "", []):
            if b - a >= 0.5:
                y = HEAD_PX + ROW_PX * i
                parts.append(
                    f"<rect x='{a:g}' y='{y}' width='{b - a:.1f}' height='{ROW_PX}' fill='{_CLOSED}'/>"
                )
    return parts


def _grid(axis: Axis, *, zone: ZoneInfo, height: float, n_rows: int) -> list[str]:
    parts = []
    local = axis.start_at.astimezone(zone)
    day = local.replace(hour=0, minute=0, second=0, microsecond=0)
    while day < axis.end_at:
        x = axis(day)
        if day > axis.start_at:
            parts.append(
                f"<line x1='{x:g}' y1='14' x2='{x:g}' y2='{height:g}' stroke='{GREY}' stroke-width='.6'/>"
            )
        next_day = (day + timedelta(days=1)).replace(hour=0)
        if axis(next_day) - x >= 40:
            parts.append(text(x + 4, 12, f"{day:%m-%d}", size=11, weight="600"))
        for hour in (6, 12, 18):
            at = day.replace(hour=hour)
            if axis.start_at < at < axis.end_at:
                parts.append(text(axis(at), 28, str(hour), anchor="middle", size=9.5, fill=GREY))
        day = next_day
    for i in range(n_rows + 1):
        y = HEAD_PX + ROW_PX * i
        parts.append(
            f"<line x1='0' y1='{y}' x2='{axis.width_px:g}' y2='{y}' stroke='{PALE}' stroke-width='1'/>"
        )
    return parts


def _bar(
    a: Assignment,
    axis: Axis,
    *,
    y: float,
    zone: ZoneInfo,
    is_late: bool,
    due: datetime | None,
    words: Mapping[str, str],
) -> str:
    begin, start, end = axis(a.begin_at), axis(a.start_at), axis(a.end_at)
    tip = f"{a.order_id} · {a.step} {a.operation}\n"
    tip += f"{a.start_at.astimezone(zone):%m-%d %H:%M} – {a.end_at.astimezone(zone):%m-%d %H:%M}"
    if a.setup_start_at is not None:
        tip += f"\n{words['setup']}: {a.setup_start_at.astimezone(zone):%m-%d %H:%M}"
    if a.operators:
        tip += "\n" + ", ".join(a.operators)
    if due is not None:
        tip += f"\n{words['due']}: {due.astimezone(zone):%m-%d %H:%M}"
    for flag, key in ((is_late, "late"), (a.is_running, "running"), (a.is_pinned, "fixed")):
        tip += f"\n{words[key]}" if flag else ""
    fill = "#f3b48a" if is_late else SKY if a.step % 20 else _LIGHT
    edge = ORANGE if is_late else BLUE
    width = max(1.0, end - start)
    parts = [f"<g><title>{escape(tip)}</title>"]
    if start - begin >= 0.5:
        parts.append(
            f"<rect x='{begin:g}' y='{y}' width='{start - begin:.1f}' height='{_BAR_PX}' fill='{_SETUP}'/>"
        )
    thick = 2.0 if a.is_pinned else 0.7
    parts.append(
        f"<rect x='{start:g}' y='{y}' width='{width:.1f}' height='{_BAR_PX}' fill='{fill}' "
        f"stroke='{INK if a.is_pinned else edge}' stroke-width='{thick}'/>"
    )
    label = ("! " if is_late else "") + a.order_id
    n_columns = int((width - 4) / 6.1)
    if n_columns >= 4:
        parts.append(text(start + 3, y + 12, shortened(label, width=n_columns), size=10.5))
    elif is_late and width >= 6:
        parts.append(text(start + 2, y + 12, "!", size=10.5, weight="700"))
    return "".join(parts) + "</g>"
