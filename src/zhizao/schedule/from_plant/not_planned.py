"""What a plan does not respect of a plant: named in every plan, never ignored."""

from collections.abc import Iterator
from itertools import pairwise

from zhizao._base.words import Lang, say
from zhizao.model import Plant, Step
from zhizao.schedule.from_plant.plant_orders import Chains
from zhizao.twin.tables.streaming_steps import streaming_steps


def not_planned(plant: Plant, chains: Chains, *, lang: Lang = "en") -> tuple[str, ...]:
    """Return a warning for each field of a plant that is given but that the plan leaves out.

    Examples
    --------
    >>> from zhizao.schedule.from_plant.plant_orders import chains_of
    >>> empty = Plant(name="P")
    >>> not_planned(empty, chains_of(empty, [], state=None))
    ()
    """
    found = [
        say(__package__, "not_planned", lang=lang, field=field, n=n)
        for field, n in _counts(plant)
        if n
    ]
    if chains.n_skipped:
        found.append(say(__package__, "steps_left_out", lang=lang, n=chains.n_skipped))
    if chains.n_variants:
        found.append(say(__package__, "variants", lang=lang, n=chains.n_variants))
    return tuple(found)


def _is_plain(step: Step) -> bool:
    return bool(step.resources) and step.batch is None and step.interval_min is None


def _not_limited(plant: Plant) -> int:
    """Count the time limits over steps in batches, cascades, or without resources."""
    return sum(
        s.limit_min is not None
        and not all(_is_plain(x) for x in r.steps if s.step <= x.step <= (s.limit_to_step or 0))
        for r in plant.routings
        for s in r.steps
    )


def _unlimited(plant: Plant) -> int:
    """Count the work centres whose limited buffer steps in batches or cascades come to or from."""
    limited = {c.id for c in plant.work_centres if c.buffer_lots is not None}
    centre_of = {r.id: r.work_centre for r in plant.resources}
    found = {
        centre_of[here.resources[0].resource]
        for r in plant.routings
        for before, here in pairwise(r.steps)
        if here.resources and not (_is_plain(before) and _is_plain(here))
    }
    return len(limited & found)


def _not_streaming(plant: Plant) -> int:
    """Count the steps whose pieces wait for the whole lot though ``transfer_pieces`` is given."""
    streaming = streaming_steps(plant)
    return sum(
        step.transfer_pieces is not None
        and (routing.product, routing.variant, step.step) not in streaming
        for routing in plant.routings
        for step in routing.steps[:-1]
    )


def _counts(plant: Plant) -> Iterator[tuple[str, int]]:
    """Yield each field that is not planned with, as tables name it, and how many rows give it."""
    steps = [step for routing in plant.routings for step in routing.steps]
    yield "resources/mtbf_h", sum(r.failure is not None for r in plant.resources)
    yield "resources/short_stops_per_h", sum(r.short_stops_per_h > 0.0 for r in plant.resources)
    yield "work_centres/hot_lots", sum(c.hot_lots == "first" for c in plant.work_centres)
    yield "resources/repair_skill", sum(r.repair_skill is not None for r in plant.resources)
    yield "work_centres/buffer_lots", _unlimited(plant)
    yield "setups/min_run_lots", sum(s.min_run_lots > 0 for s in plant.setups)
    yield "resources/cascading_setup", sum(r.cascading_setup != "empty" for r in plant.resources)
    yield "wip_caps", len(plant.wip_caps)
    yield "transports/carrier", sum(t.carrier is not None for t in plant.transports)
    yield (
        "routings/rework_probability",
        sum(s.rework is not None and s.rework.probability > 0.0 for s in steps),
    )
    yield (
        "routings/operator_interruption",
        sum(s.operator_interruption != "overtime" for s in steps),
    )
    yield (
        "routings/lot_scrap_probability",
        sum(s.lot_scrap_probability > 0.0 for s in steps),
    )
    yield "routings/limit_min", _not_limited(plant)
    yield "routings/transfer_pieces", _not_streaming(plant)
    yield "demands", len(plant.demands)
