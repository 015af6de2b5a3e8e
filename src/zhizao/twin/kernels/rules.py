# mypy: disable-error-code="no-any-return"
"""Dispatch rules that look at the clock or at the whole queue. The smallest rank goes next.

Notation, seconds: p nominal time of the lot's step, l that of all steps from it
on, d due, s change of family that the lot needs on the slot, w weight (1 +
priority; 1 / (1 - priority) for a negative one); p̄ and s̄ are the means of p and s
over the lots in the slot's queues. Nominal times are the routing's, before
speeds. A lot without due goes last under cr, atc, atcs; ``weighted`` takes it as
due in 10,000 hours.

- cr, critical ratio: (d - t) / max(l, 1).
- atc, apparent tardiness cost (Vepsalainen and Morton 1987): the largest
  w/p · exp(-max(0, d - l - t) / (K p̄)), K = 2.
- atcs (Lee, Bhaskaran and Pinedo 1997): the largest
  w/p · exp(-max(0, d - l - t) / (K₁ p̄)) · exp(-s / (K₂ s̄)), K₁ = 4, K₂ = 0.5: the
  authors' values for due dates that spread over the make-span (R = 1), of
  which about 60 % are late, and changes of about a third of a step's time.
- weighted: the largest sum of the work centre's weights × (hours waited, -hours to
  due, priority, 1 if s = 0 or the family is the slot's, -p in hours, -critical ratio, hours
  since release, or since it came where no release is known).

Ranks of atc and atcs are logarithms, so that nothing underflows.
"""

import math

from zhizao._base.compiled.kinds import index, part_kernel
from zhizao.twin.kernels.codes import ATC, ATCS, CR, WEIGHTED
from zhizao.twin.kernels.dispatch import family_setup, rank
from zhizao.twin.kernels.tables import Floor, Shop

_HOUR = 3600.0
_FAR = 3.6e7
_K = 2.0
_K1 = 4.0
_K2 = 0.5


@part_kernel
def queue_means(floor: Floor, shop: Shop, slot: int) -> tuple[float, float]:
    """Return p̄ and s̄ of the lots that a slot may choose from."""
    place = shop.slots[index(slot)]
    r = floor.resources[index(place.resource)]
    n = 0
    time = 0.0
    setup = 0.0
    for i in range(r.queue_first, r.queue_end):
        lot = shop.queues[index(floor.lists[index(i)])].head
        while lot >= 0:
            one = shop.lots[index(lot)]
            step = floor.steps[index(one.row)]
            n += 1
            time += step.setup_s + step.piece_s * one.good
            setup += family_setup(floor, place.resource, place.family, one.family)
            lot = one.next
    if n == 0:
        return 0.0, 0.0
    return time / n, setup / n


@part_kernel
def rule_rank(
    floor: Floor, shop: Shop, slot: int, lot: int, t: float, mean_time: float, mean_setup: float
) -> float:
    """Return a lot's rank under the rule of the slot's work centre, whichever that is."""
    place = shop.slots[index(slot)]
    r = floor.resources[index(place.resource)]
    rule = r.rule
    if rule < CR:
        return rank(floor, shop, rule, slot, lot)
    one = shop.lots[index(lot)]
    step = floor.steps[index(one.row)]
    rest = step.rest_setup_s + step.rest_piece_s * one.good
    time = step.setup_s + step.piece_s * one.good
    if rule == CR:
        return (one.due_s - t) / max(rest, 1.0)
    setup = family_setup(floor, place.resource, place.family, one.family)
    if rule == WEIGHTED:
        w = r.weight_first
        to_due = min(one.due_s - t, _FAR)
        since = one.release_s if one.release_s == one.release_s else one.entry_s
        age_h = (t - since) / _HOUR
        same = 1.0 if setup == 0.0 or place.family == one.family else 0.0
        return -(
            floor.numbers[index(w)] * (t - one.joined_s) / _HOUR
            - floor.numbers[index(w + 1)] * to_due / _HOUR
            + floor.numbers[index(w + 2)] * one.priority
            + floor.numbers[index(w + 3)] * same
            - floor.numbers[index(w + 4)] * time / _HOUR
            - floor.numbers[index(w + 5)] * to_due / max(rest, 1.0)
            + floor.numbers[index(w + 6)] * age_h
        )
    weight = 1.0 + one.priority if one.priority >= 0 else 1.0 / (1.0 - one.priority)
    slack = max(0.0, one.due_s - rest - t)
    value = math.log(max(time, 1.0)) - math.log(weight)
    if rule == ATC:
        return value + slack / (_K * max(mean_time, 1.0))
    value += slack / (_K1 * max(mean_time, 1.0))
    if rule == ATCS and mean_setup > 0.0:
        value += setup / (_K2 * mean_setup)
    return value
