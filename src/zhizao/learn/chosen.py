"""What the plant's own past chose: how much history, which richer parts, and by what numbers."""

from typing import Literal

from pydantic import Field

from zhizao._base.words import Lang, say
from zhizao.learn.recipe import Recipe, Rung
from zhizao.model._noun import Instant, Noun, Positive
from zhizao.model.plant import Provenance

MOST_REPORTS = 30_000
"""With more reports of work the ladder takes longer than learning should."""

Verdict = Literal["pays", "costs", "cannot_tell"]
WhyNot = Literal["", "not_asked", "many_reports", "few_orders"]


class Loss(Noun):
    """Mean losses of two ways to learn on the same orders and futures, and their difference.

    The interval is that of a mean over ten groups of orders, one after the other in time.
    """

    richer_h: float = Field(
        description="mean pinball loss with the richer part or shorter history, h"
    )
    plainer_h: float = Field(description="mean pinball loss without it, h")
    gain_h: float = Field(description="how much less the first is, h")
    gain_low_h: float = Field(description="lower end of the gain's 95 % interval, h")
    gain_high_h: float = Field(description="upper end, h")
    n_forecasts: int = Field(
        ge=0, description="forecasts compared; fewer where one instant was enough"
    )
    verdict: Verdict = Field(description="whether the gain is beyond its noise")


class TriedHistory(Noun):
    """A shorter history beside all of it."""

    days: Positive = Field(description="length of the history, days")
    loss: Loss = Field(description="the shorter one beside all history")
    is_taken: bool = Field(description="whether it is learnt from")


class TriedRung(Noun):
    """A richer part beside the same plant without it."""

    rung: Rung = Field(description="the richer part")
    loss: Loss = Field(description="with the part beside without it")
    is_taken: bool = Field(description="whether it is in the plant")


class Chosen(Noun):
    """What was tried on the plant's own past, and what was chosen."""

    recipe: Recipe = Field(description="how the plant is learnt")
    why_not: WhyNot = Field(default="", description="why nothing was tried; empty: it was")
    known_days: float = Field(ge=0, description="length of the history, days")
    n_reports: int = Field(ge=0, description="reports of work")
    most_reports: int = Field(
        default=MOST_REPORTS, ge=0, description="with more nothing is tried unless asked for"
    )
    n_orders: int = Field(default=0, ge=0, description="orders predicted, each once")
    n_forecasts: int = Field(default=0, ge=0, description="forecasts of them, summed over cut-offs")
    cutoffs: tuple[Instant, ...] = Field(default=(), description="earlier instants predicted from")
    histories: tuple[TriedHistory, ...] = Field(default=(), description="shorter histories tried")
    rungs: tuple[TriedRung, ...] = Field(default=(), description="richer parts, in turn")

    def sentence(self, *, lang: Lang, between: str | None = None) -> str:
        r"""Return what was tried and chosen, with the numbers, as one sentence.

        ``between`` stands between its parts instead of a semicolon, such as ``"\n  - "``
        where each is to have a line.

        Examples
        --------
        >>> chosen = Chosen(recipe=Recipe(), why_not="few_orders", known_days=9, n_reports=80,
        ...     most_reports=30_000, n_orders=7, n_forecasts=8)
        >>> chosen.sentence(lang="en")[:44]
        'All 1.3 weeks of history are learnt from, an'
        """
        weeks = self.known_days / 7.0
        if self.why_not:
            return _said(
                f"ladder_{self.why_not}", lang, weeks=weeks, n=self.n_orders,
                reports=self.n_reports, most=self.most_reports,
            )  # fmt: skip
        parts = [self._of_history(lang), *(_of_rung(t, lang) for t in self.rungs)]
        return _said(
            "ladder_sentence", lang, n=self.n_orders, k=len(self.cutoffs),
            parts=(between or _said("ladder_between", lang)).join(parts),
        )  # fmt: skip

    def _of_history(self, lang: Lang) -> str:
        weeks = self.known_days / 7.0
        taken = next((t for t in self.histories if t.is_taken), None)
        if taken is not None:
            return _said(
                "ladder_shorter", lang, weeks=taken.days / 7.0, all=weeks, **_facts(taken.loss)
            )
        if not self.histories:
            return _said("ladder_only_history", lang, weeks=weeks)
        best = min(self.histories, key=lambda t: t.loss.richer_h)
        return _said(
            "ladder_all_history", lang, all=weeks, weeks=best.days / 7.0, **_facts(best.loss)
        )

    def provenances(self) -> tuple[Provenance, ...]:
        """Return what was chosen as values of the plant, with the evidence."""
        if self.why_not:
            return ()
        taken = next((t for t in self.histories if t.is_taken), None)
        losses = "; ".join(f"last {t.days:.0f} days: {_numbers(t.loss)}" for t in self.histories)
        found = [
            Provenance(
                where="learning/history_days", source="learnt", level="plant", n=self.n_orders,
                value=taken.days if taken else self.known_days,
                note=("chosen by back-test; " + losses) if losses else "no shorter history could be tried",
            )
        ]  # fmt: skip
        return (
            *found,
            *(
                Provenance(
                    where=f"learning/{t.rung}/gain_h", source="learnt", level="plant",
                    n=self.n_orders, value=t.loss.gain_h, low=t.loss.gain_low_h,
                    high=t.loss.gain_high_h,
                    note=f"{'kept' if t.is_taken else 'left out'} by back-test ({t.loss.verdict}); {_numbers(t.loss)}",
                )
                for t in self.rungs
            ),
        )  # fmt: skip


def _of_rung(tried: TriedRung, lang: Lang) -> str:
    name = _said(f"rung_{tried.rung}", lang)
    return _said(f"ladder_rung_{tried.loss.verdict}", lang, name=name, **_facts(tried.loss))


def _facts(loss: Loss) -> dict[str, float]:
    return {
        "own": loss.richer_h, "other": loss.plainer_h, "low": loss.gain_low_h,
        "high": loss.gain_high_h,
    }  # fmt: skip


def _numbers(loss: Loss) -> str:
    return (
        f"mean loss {loss.richer_h:.2f} h with, {loss.plainer_h:.2f} h without "
        f"({loss.n_forecasts} forecasts)"
    )


def _said(key: str, lang: Lang, **values: object) -> str:
    return say("zhizao.learn", key, lang=lang, **values)
