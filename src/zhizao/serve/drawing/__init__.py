"""What pages share: pictures as SVG, colours, and the style sheet."""

from functools import cache
from importlib.resources import files


@cache
def page_style() -> str:
    """Return the style sheet of all pages.

    Examples
    --------
    >>> "body" in page_style()
    True
    """
    return files(__package__).joinpath("page.css").read_text(encoding="utf-8")
