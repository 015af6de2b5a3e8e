"""One number computed from records, with what weakens it."""

from pydantic import BaseModel, ConfigDict, Field

from zhizao._base.words import Lang, say


class Kpi(BaseModel):
    """One number with its unit and sample size, or the reason why it is unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    value: float | None
    """The number; ``None`` is unknown."""
    unit: str
    """Its unit; empty for shares."""
    n: int = Field(ge=0)
    """Orders or reports that it rests on."""
    reason: str | None = None
    """Why it is unknown: a key of ``words.toml``."""
    caveats: tuple[tuple[str, int], ...] = ()
    """Keys of ``words.toml`` with a count each: what makes the number less than it seems."""


def explain(kpi: Kpi, *, lang: Lang = "en") -> tuple[str, ...]:
    """Return why a KPI is unknown or what weakens it, in words.

    Examples
    --------
    >>> explain(Kpi(value=None, unit="h", n=0, reason="no_due_dates"))
    ('no order that was done in the window, or was open at its end, has a due date that counts',)
    """
    reasons = (say(__package__, kpi.reason, lang=lang),) if kpi.reason else ()
    return reasons + tuple(say(__package__, key, lang=lang, n=n) for key, n in kpi.caveats)
