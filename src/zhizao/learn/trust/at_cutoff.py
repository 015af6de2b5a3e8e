"""What a back-test asks at each of its instants: pieces of work that know nothing of each other.

Each learns anew from what was known at its instant, so they can be done in any order and in several
processes (``in_processes``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from zhizao.learn.chosen import Chosen
from zhizao.learn.evidence.reports import Reports
from zhizao.learn.trust.forecast import Forecast, Known, forecasts_at, forecasts_of, known_at
from zhizao.learn.trust.ladder import choose_recipe
from zhizao.learn.trust.outcomes import Outcome
from zhizao.learn.trust.promises import promises_of
from zhizao.learn.trust.replay import replay
from zhizao.learn.trust.scores import Replay
from zhizao.model.order import Order
from zhizao.model.records import Records


@dataclass(frozen=True, kw_only=True)
class Case:
    """What every piece of a back-test is given.

    ``whole`` are the reports of the whole log; only what became of orders, and
    which came after an instant, is read from it. Simulated is until ``horizon_at``.
    """

    records: Records
    orders: Sequence[Order]
    name: str
    time_zone: str
    seed: int
    n_replications: int
    most_reports: int | None
    whole: Reports
    horizon_at: datetime

    def known_at(self, cutoff: datetime, chosen: Chosen | None) -> Known:
        """Return what was known at an instant, and the plant learnt from it."""
        return known_at(
            self.records, self.orders, cutoff, name=self.name, time_zone=self.time_zone,
            seed=self.seed, chosen=chosen,
        )  # fmt: skip

    def forecasts_of(self, known: Known, *, with_boosting: bool) -> list[Forecast]:
        """Return predictions for every order in progress."""
        return forecasts_of(
            known, self.records, horizon_at=self.horizon_at, seed=self.seed,
            n_replications=self.n_replications, with_boosting=with_boosting,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class AtCutoff:
    """What was predicted at a cut-off, and what was known of the orders then.

    ``to_come`` are orders promised from their release, ``n_unknown`` such
    orders of products that nobody knew. ``again`` is the replay, where it was asked for.
    """

    cutoff: datetime
    forecasts: list[Forecast]
    outcomes: dict[str, Outcome]
    to_come: list[Forecast]
    n_unknown: int
    again: Replay | None


def chosen_at(case: Case, cutoff: datetime) -> Chosen:
    """Choose how to learn from what was known at a cut-off."""
    return choose_recipe(
        case.records, case.orders, name=case.name, time_zone=case.time_zone, until=cutoff,
        seed=case.seed, most_reports=case.most_reports,
    )  # fmt: skip


def earlier_forecasts(case: Case, cutoff: datetime) -> list[Forecast]:
    """Return what was predicted at a cut-off that is not scored: what corrects the later ones."""
    return forecasts_at(
        case.records, case.orders, cutoff, horizon_at=case.horizon_at, name=case.name,
        time_zone=case.time_zone, seed=case.seed, n_replications=case.n_replications,
        with_boosting=False,
    )  # fmt: skip


def asked_at(case: Case, cutoff: datetime, chosen: Chosen, with_replay: bool) -> AtCutoff:  # noqa: FBT001 - pieces are given values by place
    """Return what is predicted at a cut-off that is scored; and the window after it again."""
    known = case.known_at(cutoff, chosen)
    forecasts = case.forecasts_of(known, with_boosting=True)
    to_come, n_unknown = promises_of(
        known, case.whole, case.orders, horizon_at=case.horizon_at, seed=case.seed,
        n_replications=case.n_replications,
    )  # fmt: skip
    again = None
    if with_replay:
        again = replay(
            known, case.records, case.orders, case.whole, name=case.name, seed=case.seed,
            n_replications=case.n_replications,
        )  # fmt: skip
    return AtCutoff(
        cutoff=cutoff, forecasts=forecasts, outcomes=known.outcomes, to_come=to_come,
        n_unknown=n_unknown, again=again,
    )  # fmt: skip


def forecasts_now(case: Case, end_at: datetime, chosen: Chosen) -> list[Forecast]:
    """Return what is predicted of the orders in progress at the end of the log."""
    known = case.known_at(end_at, chosen)
    in_progress = {lot.order_id for lot in known.floor.state.lots}
    made = case.forecasts_of(known, with_boosting=False)
    return [f for f in made if f.order_id in in_progress]
