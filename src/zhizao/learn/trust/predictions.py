"""Forecasts beside what happened: predictions to be scored, of every method on the same orders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from zhizao.learn.trust.baselines import MEDIAN, REMAINING, STANDARD, WHOLE, Guess
from zhizao.learn.trust.boosting import BOOSTED
from zhizao.learn.trust.censoring import Prediction, score
from zhizao.learn.trust.combined import (
    COMBINED,
    LIKE,
    Past,
    combine,
    combine_each,
    learn_twin_share,
)
from zhizao.learn.trust.forecast import TWIN, Forecast
from zhizao.learn.trust.hidden_delay import learn_hidden_delay, with_hidden_delay
from zhizao.learn.trust.late_stretch import learn_late_stretch, with_late_stretch
from zhizao.learn.trust.outcomes import Outcome
from zhizao.learn.trust.scores import Score

BASELINES = (REMAINING, MEDIAN, WHOLE, BOOSTED, STANDARD)
SIMULATED = "as simulated"


@dataclass
class Pooled:
    """Predictions of all cut-offs, by method, and the order of each."""

    predictions: dict[str, list[Prediction]] = field(default_factory=dict)
    orders: list[str] = field(default_factory=list)

    def add(self, order_id: str, found: Mapping[str, Prediction]) -> None:
        """Add the predictions of one order at one cut-off."""
        self.orders.append(order_id)
        for method, prediction in found.items():
            self.predictions.setdefault(method, []).append(prediction)

    def extend(self, other: "Pooled") -> None:
        """Add the predictions of another cut-off."""
        self.orders += other.orders
        for method, predictions in other.predictions.items():
            self.predictions.setdefault(method, []).extend(predictions)

    def score(self, method: str) -> Score:
        """Return the accuracy of a method."""
        return score(self.predictions.get(method, []))

    def baselines(self) -> dict[str, Score]:
        """Return the accuracy of the baselines that predicted every order."""
        return {
            m: self.score(m)
            for m in BASELINES
            if len(self.predictions.get(m, ())) == len(self.orders)
        }


@dataclass(frozen=True, kw_only=True)
class Correction:
    """What earlier forecasts and their outcomes say of present ones.

    ``delay_h`` is the twin's hidden delay; ``twin_share`` its weight in the combined
    forecast, whose late half is stretched by ``late_stretch``.
    """

    delay_h: float
    twin_share: float
    late_stretch: float

    @classmethod
    def learn(cls, past: Sequence[Past]) -> "Correction":
        """Learn first the twin's share, then the stretch of what is combined with it.

        Examples
        --------
        >>> Correction.learn([])
        Correction(delay_h=0.0, twin_share=0.5, late_stretch=1.0)
        """
        share = learn_twin_share(past)
        return cls(
            delay_h=learn_hidden_delay([p.prediction(p.twin) for p in past]),
            twin_share=share,
            late_stretch=learn_late_stretch(combine_each(past, twin_share=share)),
        )

    def twin(self, guess: Guess) -> Guess:
        """Return the twin's forecast with its past."""
        sample_s = with_hidden_delay(guess.sample_s, self.delay_h)
        return Guess(sample_s=sample_s, point_s=guess.point_s)

    def combined(self, guesses: Mapping[str, Guess]) -> Guess:
        """Return the combined forecast."""
        both = combine(guesses[TWIN], guesses[LIKE], twin_share=self.twin_share)
        sample_s = with_late_stretch(both.sample_s, self.late_stretch)
        return Guess(sample_s=sample_s, point_s=both.point_s)


def predictions_of(
    forecast: Forecast,
    outcome: Outcome,
    cutoff: datetime,
    end_at: datetime,
    *,
    correction: Correction,
) -> dict[str, Prediction]:
    """Return each method's prediction of an order; the twin's as simulated and with its past.

    Where like orders were asked as well, the combined forecast is among them.
    """
    until = outcome.last_at if outcome.is_done else end_at
    end_s = (until - cutoff).total_seconds()
    twin = forecast.guesses[TWIN]
    guesses = {**forecast.guesses, SIMULATED: twin, TWIN: correction.twin(twin)}
    if LIKE in forecast.guesses:
        guesses[COMBINED] = correction.combined(forecast.guesses)
    return {
        method: Prediction(
            sample_s=guess.sample_s, point_s=guess.point_s, end_s=end_s, is_done=outcome.is_done
        )
        for method, guess in guesses.items()
    }


def past_of(
    earlier: Sequence[tuple[datetime, list[Forecast]]],
    outcomes: Mapping[str, Outcome],
    known_at: datetime,
) -> list[Past]:
    """Return earlier forecasts of orders in progress with what is known of them at an instant."""
    found = []
    for cutoff, forecasts in earlier:
        for f in forecasts:
            outcome = outcomes.get(f.order_id)
            if outcome is not None and outcome.last_at > cutoff:
                until = outcome.last_at if outcome.is_done else known_at
                found.append(
                    Past(
                        order_id=f.order_id, twin=f.guesses[TWIN], like=f.guesses[LIKE],
                        end_s=(until - cutoff).total_seconds(), is_done=outcome.is_done,
                        followed_s=(known_at - cutoff).total_seconds(),
                    )
                )  # fmt: skip
    return found
