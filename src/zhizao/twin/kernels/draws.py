"""Random draws by key: the same key gives the same number, whatever else is drawn.

Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as
easy as 1, 2, 3"). A 128-bit counter is the key of the draw: 64 bits name the
entity (a lot, a resource, a product), 32 bits a number (step, slot, index), 24
bits a visit and 8 bits the purpose. The 64-bit Philox key comes from seed and
replication. 32-bit words are kept in uint64, so that no product overflows.
"""

import math

import numpy as np
from numpy.typing import NDArray

from zhizao._base.compiled.kinds import constant, index, inner_kernel, kernel

VARIANT = constant(1)
OPTIONAL = constant(2)
DELAY = constant(3)
TIME = constant(4)
SCRAP = constant(5)
REWORK = constant(6)
BETWEEN_FAILURES = constant(7)
REPAIR = constant(8)
ARRIVAL = constant(9)
QUANTITY = constant(10)
ALLOWANCE = constant(11)
MAINTENANCE_TIME = constant(12)
LEAD_TIME = constant(13)
BETWEEN_STOPS = constant(14)
SHORT_STOP = constant(15)
LOT_SCRAP = constant(16)

_M0 = np.uint64(0xD2511F53)
_M1 = np.uint64(0xCD9E8D57)
_W0 = np.uint64(0x9E3779B9)
_W1 = np.uint64(0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)
_20 = np.uint64(20)
_12 = np.uint64(12)
_8 = np.uint64(8)
_REPLICATION_SALT = np.uint64(0x7A687A61)
_LOT_SALT = np.uint64(0x6C6F7473)
_TWO_TO_MINUS_52 = 2.0**-52


@kernel
def philox4x32(
    c0: np.uint64, c1: np.uint64, c2: np.uint64, c3: np.uint64, k0: np.uint64, k1: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Return four 32-bit words for a counter of four words and a key of two."""
    return philox_words(c0, c1, c2, c3, k0, k1)


@inner_kernel
def philox_words(
    c0: np.uint64, c1: np.uint64, c2: np.uint64, c3: np.uint64, k0: np.uint64, k1: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Return the same, compiled into its caller."""
    for _ in range(10):
        p0 = _M0 * c0
        p1 = _M1 * c2
        c0, c1, c2, c3 = (p1 >> _32) ^ c1 ^ k0, p1 & _LOW, (p0 >> _32) ^ c3 ^ k1, p0 & _LOW
        k0 = (k0 + _W0) & _LOW
        k1 = (k1 + _W1) & _LOW
    return c0, c1, c2, c3


@kernel
def replication_key(seed: np.uint64, replication: int) -> np.uint64:
    """Return the 64-bit key of one replication under a seed."""
    zero = np.uint64(0)
    a, b, _, _ = philox4x32(
        np.uint64(replication), _REPLICATION_SALT, zero, zero, seed & _LOW, seed >> _32
    )
    return (a << _32) | b


@kernel
def name_key(entity: np.uint64, index: int) -> np.uint64:
    """Return the 64-bit key of the index-th lot of an entity, the same in all replications."""
    zero = np.uint64(0)
    a, b, _, _ = philox4x32(np.uint64(index), _LOT_SALT, zero, zero, entity & _LOW, entity >> _32)
    return (a << _32) | b


@kernel
def uniform(key: np.uint64, entity: np.uint64, number: int, visit: int, purpose: int) -> float:
    """Return a number in the open interval (0, 1), a multiple of 2⁻⁵³."""
    a, b, _, _ = philox_words(
        entity & _LOW,
        entity >> _32,
        np.uint64(number) & _LOW,
        ((np.uint64(visit) << _8) | np.uint64(purpose)) & _LOW,
        key & _LOW,
        key >> _32,
    )
    return (np.float64((a << _20) | (b >> _12)) + 0.5) * _TWO_TO_MINUS_52


@kernel
def fill_uniform(
    key: np.uint64,
    entity: np.uint64,
    numbers: NDArray[np.int64],
    purpose: int,
    draws: NDArray[np.float64],
    row: int,
) -> None:
    """Fill a row of draws with those of some numbers at visit 0, the same as ``uniform`` gives.

    Side by side they take a third of the time of one after another, since each
    is a chain of multiplications.
    """
    for i in range(numbers.size):
        a, b, _, _ = philox_words(
            entity & _LOW,
            entity >> _32,
            np.uint64(numbers[index(i)]) & _LOW,
            np.uint64(purpose),
            key & _LOW,
            key >> _32,
        )
        draws[index(row), index(i)] = (np.float64((a << _20) | (b >> _12)) + 0.5) * _TWO_TO_MINUS_52


@kernel
def normal_quantile(p: float) -> float:
    """Return the standard normal quantile of ``p`` in (0, 1), to about 1e-16.

    Wichura (1988), algorithm AS 241, PPND16.
    """
    q = p - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        num = ((((((2.5090809287301226727e3 * r + 3.3430575583588128105e4) * r
            + 6.7265770927008700853e4) * r + 4.5921953931549871457e4) * r
            + 1.3731693765509461125e4) * r + 1.9715909503065514427e3) * r
            + 1.3314166789178437745e2) * r + 3.3871328727963666080e0  # fmt: skip
        den = ((((((5.2264952788528545610e3 * r + 2.8729085735721942674e4) * r
            + 3.9307895800092710610e4) * r + 2.1213794301586595867e4) * r
            + 5.3941960214247511077e3) * r + 6.8718700749205790830e2) * r
            + 4.2313330701600911252e1) * r + 1.0  # fmt: skip
        return q * num / den
    r = math.sqrt(-math.log(p if q < 0.0 else 1.0 - p))
    if r <= 5.0:
        r -= 1.6
        num = ((((((7.74545014278341407640e-4 * r + 2.27238449892691845833e-2) * r
            + 2.41780725177450611770e-1) * r + 1.27045825245236838258e0) * r
            + 3.64784832476320460504e0) * r + 5.76949722146069140550e0) * r
            + 4.63033784615654529590e0) * r + 1.42343711074968357734e0  # fmt: skip
        den = ((((((1.05075007164441684324e-9 * r + 5.47593808499534494600e-4) * r
            + 1.51986665636164571966e-2) * r + 1.48103976427480074590e-1) * r
            + 6.89767334985100004550e-1) * r + 1.67638483018380384940e0) * r
            + 2.05319162663775882187e0) * r + 1.0  # fmt: skip
    else:
        r -= 5.0
        num = ((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r
            + 1.24266094738807843860e-3) * r + 2.65321895265761230930e-2) * r
            + 2.96560571828504891230e-1) * r + 1.78482653991729133580e0) * r
            + 5.46378491116411436990e0) * r + 6.65790464350110377720e0  # fmt: skip
        den = ((((((2.04426310338993978564e-15 * r + 1.42151175831644588870e-7) * r
            + 1.84631831751005468180e-5) * r + 7.86869131145613259100e-4) * r
            + 1.48753612908506148525e-2) * r + 1.36929880922735805310e-1) * r
            + 5.99832206555887937690e-1) * r + 1.0  # fmt: skip
    return -num / den if q < 0.0 else num / den


@kernel
def pieces_lost(quantity: float, share: float, u: float) -> float:
    """Return how many of ``quantity`` pieces are lost, for a uniform draw ``u``.

    A whole number of pieces: binomial, by inversion of the cumulative
    probability up to a mean of 50 lost pieces (or kept, if fewer are kept),
    beyond that the rounded normal with the same mean and variance. A quantity
    with a fraction (metres, kilograms) loses its mean share.
    """
    if share <= 0.0:
        return 0.0
    if share >= 1.0:
        return quantity
    if quantity != math.floor(quantity):
        return quantity * share
    p = share if share <= 0.5 else 1.0 - share
    if quantity * p > 50.0:
        z = normal_quantile(u)
        lost = math.floor(quantity * share + z * math.sqrt(quantity * share * (1.0 - share)) + 0.5)
        return min(max(lost, 0.0), quantity)
    odds = p / (1.0 - p)
    target = u if share <= 0.5 else 1.0 - u
    probability = math.exp(quantity * math.log1p(-p))
    cumulative = probability
    n = 0.0
    while cumulative < target and n < quantity:
        n += 1.0
        probability *= odds * (quantity - n + 1.0) / n
        cumulative += probability
    return n if share <= 0.5 else quantity - n
