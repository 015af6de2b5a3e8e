# mypy: disable-error-code="no-any-return, return-value"
"""The random draws of a lot at its steps, those of later steps drawn ahead."""

from numpy import int64

from zhizao._base.compiled.kinds import index, inner_kernel, part_kernel
from zhizao.twin.kernels.codes import (
    MOST_REDRAWN,
    N_AHEAD,
    N_PAST,
    VISITS_APART,
    ZERO,
)
from zhizao.twin.kernels.draws import (
    OPTIONAL,
    TIME,
    fill_uniform,
    uniform,
)
from zhizao.twin.kernels.tables import Floor, Shop


@inner_kernel
def draw(floor: Floor, shop: Shop, lot: int, purpose: int) -> float:
    """Return the uniform draw of a lot at its step and visit, for a purpose."""
    one = shop.lots[index(lot)]
    visit = visit_number(floor, shop, lot)
    return uniform(shop.key, one.key, floor.steps[index(one.row)].number, visit, purpose)


@part_kernel
def optional_draw(floor: Floor, shop: Shop, lot: int, row: int, visit: int) -> float:
    """Return the draw that decides whether a lot does a step, at a visit there.

    It is the step's own with a chance of 1 - abs(dependence), else that of the step that it is drawn
    with; or what is left of that to 1, where one comes instead of the other. So each step keeps its
    share, and the covariance of two is the dependence times its greatest (least) value with these
    shares: Loevinger's H (1948, "The technic of homogeneous tests").

    A step to which a detour has led the lot back is done: its draw is one below its share, for the
    steps that are drawn with it too.
    """
    one = shop.lots[index(lot)]
    first = floor.variants[index(one.variant)].row_first
    number = visit + one.redrawn * VISITS_APART
    is_mirrored = False
    while True:
        step = floor.steps[index(row)]
        is_back = row == one.back_row and visit + 1 == one.back_pass
        strength = 0.0 if is_back or step.drawn_with < 0 else abs(step.dependence)
        u = 0.0
        if strength < 1.0:
            u = uniform(shop.key, one.key, step.number, number, OPTIONAL)
        if u >= strength:
            u = (u - strength) / (1.0 - strength)
            if is_back:
                u *= step.probability
            return 1.0 - u if is_mirrored else u
        is_mirrored = is_mirrored != (step.dependence < 0.0)
        row = first + step.drawn_with


@part_kernel
def recall_choices(floor: Floor, shop: Shop, lot: int) -> None:
    """Draw a lot in progress anew until its numbers agree with the optional steps that it did.

    So what is still to come is drawn given what has been. Only steps that come with others count;
    where no draw agrees with all of them it is the first that agrees with most.
    """
    one = shop.lots[index(lot)]
    first = floor.variants[index(one.variant)].row_first
    fewest, best = MOST_REDRAWN, ZERO
    for redrawn in range(MOST_REDRAWN):
        one.redrawn = redrawn
        n_wrong = ZERO
        for row in range(first, min(one.row + 1, first + N_PAST)):
            step = floor.steps[index(row)]
            if step.is_tied == 1:
                did = row == one.row or (one.past >> (row - first)) & 1 == 1
                if (optional_draw(floor, shop, lot, row, ZERO) < step.probability) != did:
                    n_wrong += 1
        if n_wrong < fewest:
            fewest, best = n_wrong, redrawn
        if fewest == 0:
            break
    one.redrawn = best


@inner_kernel
def time_draw(floor: Floor, shop: Shop, lot: int) -> float:
    """Return the draw for the time of a lot's step."""
    one = shop.lots[index(lot)]
    variant = floor.variants[index(one.variant)]
    position = one.row - variant.row_first
    if shop.visits[index(lot), index(position)] > 0 or variant.row_end - one.row <= 1:
        return draw(floor, shop, lot, TIME)
    ahead = position - one.drawn_ahead
    if ahead < 0 or ahead >= N_AHEAD:
        draw_ahead(floor, shop, lot)
        ahead = ZERO
    return shop.draws[index(lot), index(ahead)]


@part_kernel
def draw_ahead(floor: Floor, shop: Shop, lot: int) -> None:
    """Draw the times of a lot's step and of those after it, for its first visit to each."""
    one = shop.lots[index(lot)]
    variant = floor.variants[index(one.variant)]
    for i in range(N_AHEAD):
        row = min(one.row + i, variant.row_end - 1)
        shop.numbers[index(i)] = floor.steps[index(row)].number
    fill_uniform(shop.key, one.key, shop.numbers, TIME, shop.draws, lot)
    one.drawn_ahead = one.row - variant.row_first


@inner_kernel
def visit_number(floor: Floor, shop: Shop, lot: int) -> int:
    """Return how often a lot has been at its step before."""
    one = shop.lots[index(lot)]
    return int64(
        shop.visits[index(lot), index(one.row - floor.variants[index(one.variant)].row_first)]
    )
