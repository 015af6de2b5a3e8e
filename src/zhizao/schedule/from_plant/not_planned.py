"""What a plan does not respect of a plant: named in every plan, never ignored."""

from collections.abc import Iterator

from zhizao._base.words import Lang, say
from zhizao.model import Plant
from zhizao.schedule.from_plant.plant_orders import Chains


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
    rows = {
        "not_planned_bom": len(plant.bom),
        "not_planned_parts": len(plant.parts),
        "not_planned_outputs": len(plant.outputs),
        "not_planned_tariffs": len(plant.tariffs),
    }
    found += [say(__package__, key, lang=lang, n=n) for key, n in rows.items() if n]
    if chains.n_skipped:
        found.append(say(__package__, "steps_left_out", lang=lang, n=chains.n_skipped))
    if chains.n_variants:
        found.append(say(__package__, "variants", lang=lang, n=chains.n_variants))
    return tuple(found)


def _counts(plant: Plant) -> Iterator[tuple[str, int]]:
    """Yield each field that is not planned with, as tables name it, and how many rows give it."""
    steps = [step for routing in plant.routings for step in routing.steps]
    yield "resources/mtbf_h", sum(r.failure is not None for r in plant.resources)
    yield "resources/short_stops_per_h", sum(r.short_stops_per_h > 0.0 for r in plant.resources)
    yield "work_centres/hot_lots", sum(c.hot_lots == "first" for c in plant.work_centres)
    yield "resources/repair_skill", sum(r.repair_skill is not None for r in plant.resources)
    yield "resources/busy_kw", sum(r.power is not None for r in plant.resources)
    yield "work_centres/buffer_lots", sum(c.buffer_lots is not None for c in plant.work_centres)
    yield "setups/min_run_lots", sum(s.min_run_lots > 0 for s in plant.setups)
    yield "resources/cascading_setup", sum(r.cascading_setup != "empty" for r in plant.resources)
    yield "maintenance/skill", sum(m.skill is not None for m in plant.maintenances)
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
    yield "routings/limit_min", sum(s.limit_min is not None for s in steps)
    yield "routings/transfer_pieces", sum(s.transfer_pieces is not None for s in steps)
    yield "demands", len(plant.demands)
