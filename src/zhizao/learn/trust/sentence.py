"""The one sentence about a back-test: whoever wins is said, also when it is a baseline."""

from collections.abc import Mapping

from zhizao._base.words import Lang, say
from zhizao.learn.trust.baselines import MEDIAN, REMAINING, STANDARD, WHOLE
from zhizao.learn.trust.boosting import BOOSTED
from zhizao.learn.trust.scores import Score

_SAME = 0.02
_MINUTES_BELOW_H = 2.0
_NAMES = {
    REMAINING: "remaining_name",
    MEDIAN: "median_name",
    WHOLE: "whole_name",
    BOOSTED: "boosted_name",
    STANDARD: "standard_name",
}


def sentence(
    twin: Score,
    baselines: Mapping[str, Score],
    n: int,
    *,
    lang: Lang,
    combined: Score | None = None,
) -> str:
    """Say where dates come from, and who predicted best on ``n`` orders.

    Dates come from the combined forecast where there is one, else from the twin. Within two
    per cent it is a draw with the best plain method.

    Examples
    --------
    >>> good = Score(median_abs_error_h=10, coverage_p50=0.5, coverage_p90=0.9)
    >>> poor = Score(median_abs_error_h=20, coverage_p50=0.5, coverage_p90=0.9)
    >>> sentence(good, {REMAINING: poor}, 50, lang="en")[:67]
    'Dates of orders in progress come from the twin with its past: over '
    """
    dates = combined or twin
    own = dates.median_abs_error_h
    best = best_method(baselines)
    other = None if best is None else baselines[best].median_abs_error_h
    if n == 0 or own is None or best is None or other is None or dates.coverage_p90 is None:
        return say("zhizao.learn", "trust_unknown", lang=lang, n=n)
    key = "trust_even"
    if own < other * (1 - _SAME):
        key = "trust_better"
    elif own > other * (1 + _SAME):
        key = "trust_baseline"
    alone = ""
    if combined is not None and twin.median_abs_error_h is not None:
        error = _duration(twin.median_abs_error_h, lang)
        alone = say("zhizao.learn", "trust_twin_alone", lang=lang, error=error)
    return say(
        "zhizao.learn",
        key,
        lang=lang,
        forecast=say(
            "zhizao.learn",
            "dates_from_twin" if combined is None else "dates_from_combined",
            lang=lang,
        ),
        alone=alone,
        n=n,
        own=_duration(own, lang),
        other=_duration(other, lang),
        p90=100 * dates.coverage_p90,
        baseline=method_name(best, lang=lang),
    )


def best_method(baselines: Mapping[str, Score]) -> str | None:
    """Return the plain method with the least median error; None where no error is known.

    Examples
    --------
    >>> good = Score(median_abs_error_h=10, coverage_p50=0.5, coverage_p90=0.9)
    >>> poor = Score(median_abs_error_h=20, coverage_p50=0.5, coverage_p90=0.9)
    >>> best_method({REMAINING: poor, WHOLE: good}) == WHOLE
    True
    """
    errors = {
        m: s.median_abs_error_h for m, s in baselines.items() if s.median_abs_error_h is not None
    }
    return min(errors, key=lambda m: errors[m]) if errors else None


def method_name(method: str, *, lang: Lang) -> str:
    """Return what a baseline is called in a language.

    Examples
    --------
    >>> method_name(WHOLE, lang="zh")
    '对历史工单整单抽样'
    """
    return say("zhizao.learn", _NAMES[method], lang=lang) if method in _NAMES else method


def _duration(hours: float, lang: Lang) -> str:
    if hours < _MINUTES_BELOW_H:
        return say("zhizao.learn", "minutes", lang=lang, n=60 * hours)
    return say("zhizao.learn", "hours", lang=lang, n=hours)
