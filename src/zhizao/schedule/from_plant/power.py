"""Powers and the tariff of a plant → what electricity a plan can be better or worse at."""

from datetime import datetime

import numpy as np

from zhizao._base.units import SECONDS_PER_HOUR
from zhizao.model import Plant, tariff_steps
from zhizao.schedule.problem import Energy


def energy_of(plant: Plant, *, now: datetime, end_at: datetime) -> Energy | None:
    """Return powers of all resources and prices from now on; None where no power is known.

    Examples
    --------
    >>> from datetime import UTC, timedelta
    >>> monday = datetime(2024, 1, 1, tzinfo=UTC)
    >>> energy_of(Plant(name="P"), now=monday, end_at=monday + timedelta(days=1)) is None
    True
    """
    powers = [r.power for r in plant.resources]
    if not any(powers):
        return None
    tariff = next((t for t in plant.tariffs if t.id == plant.tariff), None)
    steps = tariff_steps(tariff, time_zone=plant.time_zone, start_at=now, end_at=end_at)

    def each(name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return np.array([0.0 if p is None else float(getattr(p, name)) for p in powers])

    start = np.ceil(steps.edges_s[:-1]).astype(np.int64)
    keep = np.append(np.diff(start) > 0, True)  # of edges within a second the last one holds
    return Energy(
        busy_kw=each("busy_kw"),
        setup_kw=each("setup_kw"),
        idle_kw=each("idle_kw"),
        off_kw=each("off_kw"),
        start=start[keep],
        price=steps.price[keep],
        carbon_kg=steps.carbon_kg[keep],
        ticks_per_hour=SECONDS_PER_HOUR,
    )
