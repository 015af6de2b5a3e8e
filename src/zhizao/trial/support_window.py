"""Changes that cannot take effect between the begin and the end of the runs."""

from collections.abc import Iterator
from datetime import datetime

from zhizao.model.scenario import AddOrder, ChangeOrder, Scenario, TakeDown
from zhizao.trial.comparison import SupportWarning
from zhizao.trial.support_words import support_warning


def check_window(
    *scenarios: Scenario, start_at: datetime, end_at: datetime
) -> tuple[SupportWarning, ...]:
    """Return which changes lie before the runs begin or after they end.

    Parameters
    ----------
    *scenarios : Scenario
        A scenario and its bases.
    start_at, end_at : datetime
        Of the runs; time-zone aware.

    Examples
    --------
    >>> from datetime import UTC, timedelta
    >>> monday = datetime(2024, 1, 1, tzinfo=UTC)
    >>> down = TakeDown(resource="saw", from_at=monday, to_at=monday + timedelta(days=1))
    >>> later = {"start_at": monday + timedelta(days=7), "end_at": monday + timedelta(days=14)}
    >>> [w.code for w in check_window(Scenario(name="down", changes=(down,)), **later)]
    ['down_past']
    """
    return tuple(_outside(scenarios, start_at=start_at, end_at=end_at))


def _outside(
    scenarios: tuple[Scenario, ...], *, start_at: datetime, end_at: datetime
) -> Iterator[SupportWarning]:
    window = {"start": f"{start_at:%Y-%m-%d %H:%M}", "end": f"{end_at:%Y-%m-%d %H:%M}"}
    for change in (c for scenario in scenarios for c in scenario.changes):
        if isinstance(change, TakeDown):
            span = {"from_at": f"{change.from_at:%Y-%m-%d %H:%M}"}
            span["to_at"] = f"{change.to_at:%Y-%m-%d %H:%M}"
            if change.to_at <= start_at:
                yield support_warning("down_past", resource=change.resource, **span, **window)
            elif change.from_at >= end_at:
                yield support_warning("down_later", resource=change.resource, **span, **window)
            elif change.from_at < start_at:
                yield support_warning("down_begun", resource=change.resource, **span, **window)
        release_at = None
        if isinstance(change, AddOrder):
            order_id, release_at = change.order.id, change.order.release_at
        elif isinstance(change, ChangeOrder):
            order_id, release_at = change.order_id, change.release_at
        if release_at is not None and release_at >= end_at:
            release = f"{release_at:%Y-%m-%d %H:%M}"
            yield support_warning("order_later", order=order_id, release=release, **window)
