"""When an order's own work on a resource stopped that had begun before: asked a million times.

A join of a million legs, each with all its resources, to all reports took as long as all else
about waits. Hardly any order comes back to a resource, so what has a report there that began
before is found by numbers first, and only there the last one is looked for.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class OwnWork:
    """Begins and ends of the reports, by order and resource (``key``), then by begin."""

    key: Ints
    begin_s: Floats
    stop_s: Floats
    n_resources: int

    @classmethod
    def of(cls, worked: pl.DataFrame, *, orders: pl.Enum, resources: pl.Enum) -> "OwnWork":
        """Return it of reports (order_id, resource, start_s, stop_s), all with a resource.

        Examples
        --------
        >>> worked = pl.DataFrame({"order_id": ["A", "A", "B"], "resource": ["M"] * 3,
        ...     "start_s": [0.0, 60.0, 90.0], "stop_s": [50.0, 80.0, 99.0]})
        >>> own = OwnWork.of(worked, orders=pl.Enum(["A", "B"]), resources=pl.Enum(["M"]))
        >>> order, resource = np.array([0, 0, 1]), np.zeros(3, dtype=np.int64)
        >>> own.last_stop_s(order, resource, before_s=np.array([60.0, 61.0, 70.0])).tolist()
        [50.0, 80.0, -inf]
        """
        n_resources = len(resources.categories)
        order, resource = (
            worked[name].cast(kind).to_physical().cast(pl.Int64).to_numpy()
            for name, kind in (("order_id", orders), ("resource", resources))
        )
        key, begin, stop = order * n_resources + resource, worked["start_s"], worked["stop_s"]
        rows = np.lexsort((stop.to_numpy(), begin.to_numpy(), key))
        return cls(key[rows], begin.to_numpy()[rows], stop.to_numpy()[rows], n_resources)

    def last_stop_s(self, order: Ints, resource: Ints, *, before_s: Floats) -> Floats:
        """Return the end of the order's last report on a resource that began before an instant.

        Minus infinity where there is none.

        Parameters
        ----------
        order, resource
            Their places among the names, one pair for each instant.
        before_s
            Instants, seconds.
        """
        found = np.full(before_s.shape, -np.inf)
        if not self.key.size:
            return found
        key = order.astype(np.int64) * self.n_resources + resource
        low = np.searchsorted(self.key, key, side="left")
        known = np.minimum(low, self.key.size - 1)
        rows = np.flatnonzero((self.key[known] == key) & (self.begin_s[known] < before_s))
        low, at_s = low[rows], before_s[rows]
        high = np.searchsorted(self.key, key[rows], side="right")
        while (high - low > 1).any():
            middle = (low + high) // 2
            is_before = self.begin_s[middle] < at_s
            low, high = np.where(is_before, middle, low), np.where(is_before, high, middle)
        found[rows] = self.stop_s[low]
        return found
