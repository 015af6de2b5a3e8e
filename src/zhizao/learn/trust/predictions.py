"""Forecasts beside what happened: predictions to be scored, of every method on the same orders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from zhizao.learn.trust.baselines import MEDIAN, REMAINING, STANDARD, WHOLE, Guess
from zhizao.learn.trust.boosting import BOOSTED
from zhizao.learn.trust.censoring import Prediction, score
from zhizao.learn.trust.forecast import TWIN, Forecast
from zhizao.learn.trust.hidden_delay import with_hidden_delay
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


def predictions_of(
    forecast: Forecast,
    outcome: Outcome,
    cutoff: datetime,
    end_at: datetime,
    *,
    delay_h: float,
) -> dict[str, Prediction]:
    """Return each method's prediction of an order; the twin's with the hidden delay, and without."""
    until = outcome.last_at if outcome.is_done else end_at
    end_s = (until - cutoff).total_seconds()
    twin = forecast.guesses[TWIN]
    guesses = {
        **forecast.guesses,
        SIMULATED: twin,
        TWIN: Guess(sample_s=with_hidden_delay(twin.sample_s, delay_h), point_s=twin.point_s),
    }
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
) -> list[Prediction]:
    """Return the twin's earlier forecasts with what is known of those orders at an instant."""
    found = []
    for cutoff, forecasts in earlier:
        for f in forecasts:
            outcome = outcomes.get(f.order_id)
            if outcome is not None and outcome.last_at > cutoff:
                guess = f.guesses[TWIN]
                until = outcome.last_at if outcome.is_done else known_at
                found.append(
                    Prediction(
                        sample_s=guess.sample_s, point_s=guess.point_s,
                        end_s=(until - cutoff).total_seconds(), is_done=outcome.is_done,
                    )
                )  # fmt: skip
    return found
