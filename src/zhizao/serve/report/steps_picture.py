"""The six steps as one strip, with what is done."""

from zhizao.serve.drawing.charts import BLUE, GREY, INK, PALE, svg, text
from zhizao.serve.report.wording import Words

STEPS = ("drop", "learn", "trust", "try", "run", "check")


def steps_picture(done: set[str], *, words: Words) -> str:
    """Return the picture of the six steps; those in ``done`` are filled.

    Examples
    --------
    >>> steps_picture({"drop"}, words=Words(lang="en")).count("<path")
    6
    """
    width, height, tip = 182, 58, 12
    body = []
    for i, step in enumerate(STEPS):
        x = i * (width + 4)
        is_done = step in done
        fill = BLUE if is_done else PALE
        ink = "#ffffff" if is_done else INK
        notch = 0 if i == 0 else tip
        body.append(
            f"<path d='M{x} 1h{width - tip}l{tip} {height / 2:g}l-{tip} {height / 2:g}"
            f"h-{width - tip}l{notch} -{height / 2:g}z' fill='{fill}'/>"
        )
        left = x + 18 + (0 if i == 0 else 4)
        state = words("step_open")
        if is_done:
            state = words("step_planned" if step == "run" else "step_done")
        head = f"{i + 1} {words(f'step_{step}')}"
        body.append(text(left, 20, head, size=14, fill=ink, weight="600"))
        body.append(text(left, 36, words(f"step_{step}_what"), size=11, fill=ink))
        body.append(text(left, 51, state, size=10.5, fill=ink if is_done else GREY))
    return svg("".join(body), width=6 * width + 22, height=height + 2, title=words("steps_title"))
