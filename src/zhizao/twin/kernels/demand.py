"""Orders that the demand brings: a Poisson process in open time, drawn by key."""

import math

import numpy as np
from numpy.typing import NDArray

from zhizao.twin.kernels._jit import kernel
from zhizao.twin.kernels.draws import ALLOWANCE, ARRIVAL, QUANTITY, name_key, uniform
from zhizao.twin.kernels.tables import ZERO


@kernel
def count_arrivals(key: np.uint64, product: np.uint64, rate: float, open_s: float) -> int:
    """Return how many orders come in ``open_s`` seconds of open time at ``rate`` a second."""
    if rate <= 0.0:
        return 0
    total = 0.0
    n = 0
    while True:
        total -= math.log(uniform(key, product, n, ZERO, ARRIVAL))
        if total > rate * open_s:
            return n
        n += 1


@kernel
def draw_arrivals(
    key: np.uint64,
    product: np.uint64,
    rate: float,
    arrival: NDArray[np.float64],
    quantity: NDArray[np.float64],
    allowance: NDArray[np.float64],
    lot_key: NDArray[np.uint64],
) -> None:
    """Fill arrivals (open seconds), uniform draws for quantity and allowance, lot keys.

    Arrival i lies at the sum of i + 1 unit exponentials divided by the rate:
    another rate moves the same orders.
    """
    total = 0.0
    for i in range(arrival.size):
        total -= math.log(uniform(key, product, i, ZERO, ARRIVAL))
        arrival[i] = total / rate
        quantity[i] = uniform(key, product, i, ZERO, QUANTITY)
        allowance[i] = uniform(key, product, i, ZERO, ALLOWANCE)
        lot_key[i] = name_key(product, i)
