"""Run: what would happen. Replications, KPIs with intervals, records on demand."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from zhizao.model._noun import Instant, Name, Noun
from zhizao.model.records import Records

KPI_UNITS: dict[str, str] = {
    "throughput_per_week": "orders/week",
    "lead_time_mean_h": "h",
    "tardiness_mean_h": "h",
    "late_share": "",
    "wip_mean": "orders",
    "utilisation": "",
    "energy_kwh_per_week": "kWh/week",
    "energy_cost_per_week": "currency/week",
    "carbon_kg_per_week": "kg/week",
    "energy_kwh_per_order": "kWh/order",
    "material_wip_mean": "orders",
    "carrier_utilisation": "",
    "carrier_wait_mean_h": "h",
}
"""KPIs and their units; ``utilisation`` is by resource.

Those of energy are there where a resource has a power: of the plant, and the
first three of each such resource too; cost and carbon where a tariff is paid.
``material_wip_mean`` is there where a product has components: the time average
of orders that wait for material. By carrier, where there are some:
``carrier_utilisation``, the share of time on trips, empty ones included, and
``carrier_wait_mean_h``, how long a lot waits until it is picked up.
"""


class Estimate(Noun):
    """A mean over replications with its 95 % interval; ``None`` is unknown."""

    kpi: Name = Field(description="key of KPI_UNITS")
    resource: Name | None = Field(default=None, description="for KPIs by resource")
    mean: float | None = Field(description="mean over replications")
    low: float | None = Field(description="lower end of the 95 % interval")
    high: float | None = Field(description="upper end of the 95 % interval")
    n: int = Field(ge=0, description="replications that it rests on")


class Run(BaseModel):
    """What would happen from ``start_at`` to ``end_at``, in ``n_replications`` futures.

    ``order_ids`` are the orders common to all replications (known orders and
    work in progress); orders drawn from the demand differ between them and are
    counted in the KPIs only. ``release_s`` and ``completion_s`` have shape
    (n_replications, n_orders), seconds from ``start_at``; a completion is
    ``nan`` where the order was not done by ``end_at``. ``kpi_samples`` has one
    value for each replication; what is of a resource is keyed
    ``utilisation:RESOURCE``. ``order_samples`` has the same shape as
    ``completion_s``; where a resource has a power, ``energy_kwh``,
    ``energy_cost`` and ``carbon_kg`` of each order: what its work and setups
    used after the warm-up. Where a product has components,
    ``material_wait_h``: the hours that it waited for material. Where there are
    carriers, ``carrier_wait_h``: the hours that it waited to be picked up.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    plant: str
    seed: int
    start_at: Instant
    end_at: Instant
    n_replications: int = Field(ge=1)
    order_ids: tuple[str, ...]
    release_s: NDArray[np.float64]
    completion_s: NDArray[np.float64]
    kpi_samples: dict[str, NDArray[np.float64]]
    order_samples: dict[str, NDArray[np.float64]] = Field(default_factory=dict)
    estimates: tuple[Estimate, ...]
    warnings: tuple[str, ...] = ()
    records: tuple[Records, ...] = ()
    """One for each replication, if a trace was asked for."""

    @model_validator(mode="after")
    def _shapes_agree(self) -> "Run":
        expected = (self.n_replications, len(self.order_ids))
        for name in ("release_s", "completion_s"):
            found = getattr(self, name).shape
            if found != expected:
                raise ValueError(f"{name} has shape {found}, expected {expected}")
        for name, values in self.order_samples.items():
            if values.shape != expected:
                raise ValueError(f"{name} has shape {values.shape}, expected {expected}")
        for name, values in self.kpi_samples.items():
            if values.shape != (self.n_replications,):
                raise ValueError(f"samples of '{name}' have shape {values.shape}")
        return self

    def estimate(self, kpi: str, *, resource: str | None = None) -> Estimate:
        """Return the estimate of a KPI.

        Raises
        ------
        KeyError
            If the run has no such KPI.
        """
        for e in self.estimates:
            if e.kpi == kpi and e.resource == resource:
                return e
        raise KeyError(f"The run has no KPI '{kpi}' (resource {resource}).")

    def to_dict(self) -> dict[str, Any]:
        """Return the run's summary as plain values for JSON."""
        return {
            "plant": self.plant,
            "seed": self.seed,
            "start_at": self.start_at.isoformat(),
            "end_at": self.end_at.isoformat(),
            "n_replications": self.n_replications,
            "estimates": [e.model_dump() for e in self.estimates],
            "warnings": list(self.warnings),
        }


def completion_quantiles(run: Run, levels: Sequence[float]) -> NDArray[np.float64]:
    """Return quantiles of each order's completion, shape (n_levels, n_orders), seconds.

    An order that is not done in some replications counts there as later than
    everything: the quantile is ``nan`` where it falls among those.

    Examples
    --------
    >>> three_futures = np.array([[60.0, 100.0], [120.0, np.nan], [90.0, np.nan]])
    >>> run = Run.model_construct(completion_s=three_futures)
    >>> completion_quantiles(run, (0.5,)).tolist()
    [[90.0, nan]]
    """
    late = np.where(np.isnan(run.completion_s), np.inf, run.completion_s)
    values = np.quantile(late, list(levels), axis=0, method="higher")
    return np.where(np.isfinite(values), values, np.nan)
