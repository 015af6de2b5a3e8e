"""A routing as a picture: boxes in reading order, arrows, detours for rework."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from zhizao.serve.drawing.charts import BLUE, GREY, INK, ORANGE, columns, shortened, svg, text

BOX_WIDTH, BOX_HEIGHT = 176, 62
GAP_X, GAP_Y = 34, 42
PER_ROW = 5


@dataclass(frozen=True, kw_only=True)
class Box:
    """One operation of a routing."""

    step: int
    title: str
    lines: tuple[str, ...] = ()
    share: float = 1.0
    """Share of lots that do it; below 1 the border is dashed."""
    is_weak: bool = False
    """Little supports its numbers; the border is orange."""
    rework_to: int | None = None
    rework_label: str = ""


def routing_graph(boxes: Sequence[Box], *, title: str) -> str:
    """Return the picture of a routing, five operations to a line.

    Parameters
    ----------
    boxes : sequence of Box
        In the order of the routing.
    title : str
        What the picture shows, for readers who cannot see it.

    Examples
    --------
    >>> graph = routing_graph([Box(step=10, title="cut"), Box(step=20, title="drill")], title="P")
    >>> graph.count("<rect"), graph.count("class='arrow'")
    (2, 1)
    """
    n_columns = min(PER_ROW, max(1, len(boxes)))
    n_rows = -(-len(boxes) // PER_ROW)
    width = n_columns * BOX_WIDTH + (n_columns - 1) * GAP_X + 24
    height = n_rows * BOX_HEIGHT + (n_rows - 1) * GAP_Y + 42
    places = {box.step: _place(i) for i, box in enumerate(boxes)}
    body = [_arrow(_place(i), _place(i + 1)) for i in range(len(boxes) - 1)]
    for box in boxes:
        body.append(_box(box, places[box.step]))
        target = places.get(box.rework_to or 0)
        if target is not None:
            body.append(_detour(places[box.step], target, box.rework_label))
    return svg("".join(body), width=width, height=height, title=title)


def _place(index: int) -> tuple[float, float]:
    row, column = divmod(index, PER_ROW)
    return 12 + column * (BOX_WIDTH + GAP_X), 30 + row * (BOX_HEIGHT + GAP_Y)


def _box(box: Box, place: tuple[float, float]) -> str:
    x, y = place
    tone = ORANGE if box.is_weak else BLUE
    dash = " stroke-dasharray='5 3'" if box.share < 1.0 else ""
    n_columns = BOX_WIDTH // 8 - 1
    frame = (
        f"<g><title>{escape(box.title)}: {escape(', '.join(box.lines))}</title>"
        f"<rect x='{x:g}' y='{y:g}' width='{BOX_WIDTH}' height='{BOX_HEIGHT}' rx='4' fill='#fff' "
        f"stroke='{tone}' stroke-width='1.5'{dash}/>"
    )
    title = text(x + 8, y + 17, shortened(box.title, width=n_columns), weight="600")
    content = [frame, title]
    content += [
        text(x + 8, y + 34 + 15 * i, shortened(line, width=n_columns + 6), size=10.5, fill=INK)
        for i, line in enumerate(box.lines[:2])
    ]
    if box.share < 1.0:
        label = f"{box.share:.0%}"
        half = 4 + 3.5 * columns(label)
        content.append(
            f"<rect x='{x + BOX_WIDTH - 2 * half - 4:g}' y='{y - 9:g}' width='{2 * half:g}' "
            "height='16' rx='3' fill='#fff'/>"
            + text(x + BOX_WIDTH - half - 4, y + 3, label, anchor="middle", size=11, fill=GREY)
        )
    return "".join(content) + "</g>"


def _arrow(start: tuple[float, float], end: tuple[float, float]) -> str:
    if start[1] == end[1]:
        y = start[1] + BOX_HEIGHT / 2
        path = f"M{start[0] + BOX_WIDTH:g} {y:g}H{end[0] - 2:g}"
        tip = f"M{end[0]:g} {y:g}l-7 -4v8z"
    else:
        x_from, x_to = start[0] + BOX_WIDTH / 2, end[0] + BOX_WIDTH / 2
        y_from = start[1] + BOX_HEIGHT
        path = f"M{x_from:g} {y_from:g}V{y_from + GAP_Y / 2 - 8:g}H{x_to:g}V{end[1] - 2:g}"
        tip = f"M{x_to:g} {end[1]:g}l-4 -7h8z"
    return (
        f"<g class='arrow'><path d='{path}' fill='none' stroke='{GREY}'/>"
        f"<path d='{tip}' fill='{GREY}'/></g>"
    )


def _detour(start: tuple[float, float], end: tuple[float, float], label: str) -> str:
    """Draw a rework arc to an earlier box of the same line; elsewhere an arrow that leaves up."""
    x_from, x_to = start[0] + 24, end[0] + BOX_WIDTH - 46
    top = start[1] - 13
    if start[1] != end[1]:
        return (
            f"<path d='M{x_from:g} {start[1]:g}V{top + 2:g}' stroke='{ORANGE}'/>"
            f"<path d='M{x_from:g} {top:g}l-4 7h8z' fill='{ORANGE}'/>"
            + text(x_from + 8, start[1] - 4, label, size=10, fill=ORANGE)
        )
    path = f"M{x_from:g} {start[1]:g}V{top:g}H{x_to:g}V{end[1] - 2:g}"
    return (
        f"<path d='{path}' fill='none' stroke='{ORANGE}' stroke-dasharray='3 3'/>"
        f"<path d='M{x_to:g} {end[1]:g}l-4 -7h8z' fill='{ORANGE}'/>"
        + text((x_from + x_to) / 2, top - 3, label, anchor="middle", size=10, fill=ORANGE)
    )
