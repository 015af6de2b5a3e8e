"""What can never be worked on in the span of a run: nobody opens, nobody is there, nothing is made."""

from collections import Counter
from collections.abc import Sequence

from zhizao.model.order import Order
from zhizao.model.plant import Plant, Routing, Step
from zhizao.twin.checks.input_checks import raise_faults
from zhizao.twin.tables.floor_tables import FloorPlan


def check_reachable(
    plan: FloorPlan, plant: Plant, *, orders: Sequence[Order], draw_demand: bool
) -> None:
    """Raise InputError if a step that is needed can never be worked on in the span.

    Only steps of products that are ordered are looked at: a resource that is
    closed for good, or a skill that nobody has, does no harm elsewhere.
    """
    wanted = {o.product for o in orders}
    if draw_demand:
        wanted |= {d.product for d in plant.demands if d.orders_per_week > 0.0}
    is_open = {
        name: bool(plan.open_intervals[number].size)
        for name, number in plan.calendar_numbers.items()
    }
    calendar_of = {r.id: r.calendar for r in plant.resources}
    faults: list[str] = []
    for routing in plant.routings:
        if routing.product in wanted:
            for step in routing.steps:
                faults += _reach_faults(
                    routing, step, plant=plant, is_open=is_open, calendar_of=calendar_of
                )
    faults += _material_faults(plant, wanted=wanted)
    faults += _repair_faults(plant, wanted=wanted, is_open=is_open)
    raise_faults(faults)


def _material_faults(plant: Plant, *, wanted: set[str]) -> list[str]:
    """Return what is needed but neither there, nor bought, nor made by any routing."""
    there = {p.id for p in plant.parts if p.stock > 0.0 or p.reorder_pieces is not None}
    there |= {r.product for r in plant.routings} | {o.output for o in plant.outputs}
    return [
        f"Product '{c.product}' needs '{c.component}', which is not in stock, not reordered and not "
        "made; give it stock or a reorder rule in parts.csv, or a routing."
        for c in plant.bom
        if c.product in wanted and c.component not in there
    ]


def _repair_faults(plant: Plant, *, wanted: set[str], is_open: dict[str | None, bool]) -> list[str]:
    """Return faults of resources in use that nobody can ever set up, repair or maintain."""
    used = {
        o.resource
        for r in plant.routings
        if r.product in wanted
        for s in r.steps
        for o in s.resources
    }
    needs = [
        (f"A repair of '{r.id}'", r.repair_skill)
        for r in plant.resources
        if r.id in used and r.failure
    ]
    needs += [(f"A setup of '{r.id}'", r.setup_skill) for r in plant.resources if r.id in used]
    needs += [(f"Maintenance '{m.id}'", m.skill) for m in plant.maintenances if m.resource in used]
    return [
        f"{what} needs an operator with skill '{skill}', and nobody with it is on shift during the run."
        for what, skill in needs
        if skill is not None
        and not any(is_open[o.calendar] for o in plant.operators if skill in o.skills)
    ]


def _reach_faults(
    routing: Routing,
    step: Step,
    *,
    plant: Plant,
    is_open: dict[str | None, bool],
    calendar_of: dict[str, str | None],
) -> list[str]:
    where = f"Step {step.step} of '{routing.product}' ({routing.variant})"
    faults = []
    if step.resources and not any(is_open[calendar_of[o.resource]] for o in step.resources):
        names = ", ".join(f"'{o.resource}'" for o in step.resources)
        faults.append(
            f"{where}: none of its resources ({names}) opens during the run; "
            "change a calendar or run longer."
        )
    if step.delay.mean_min > 0.0 and not is_open[step.delay.calendar]:
        faults.append(
            f"{where}: the calendar '{step.delay.calendar}' of its delay never opens during the run."
        )
    if step.resources:
        for skill in step.skills:
            crew = [o for o in plant.operators if skill in o.skills]
            if not any(is_open[o.calendar] for o in crew):
                faults.append(f"{where}: nobody with skill '{skill}' is on shift during the run.")
        faults += _crowd_faults(step, where=where, plant=plant)
    for name, n_needed in Counter(step.tools).items():
        n_there = sum(tool.count for tool in plant.tools if tool.id == name)
        if step.resources and n_there < n_needed:
            faults.append(f"{where}: needs {n_needed} pieces of '{name}', there are {n_there}.")
    return faults


def _crowd_faults(step: Step, *, where: str, plant: Plant) -> list[str]:
    """Return faults of a step that needs more people at once than there are."""
    faults = []
    for skill, n_needed in Counter(step.skills).items():
        n_there = sum(o.count for o in plant.operators if skill in o.skills)
        if 0 < n_there < n_needed:
            faults.append(
                f"{where}: needs {n_needed} operators with skill '{skill}', there are {n_there}."
            )
    everybody = sum(o.count for o in plant.operators if set(o.skills) & set(step.skills))
    if not faults and everybody and everybody < len(step.skills):
        faults.append(
            f"{where}: needs {len(step.skills)} operators at once, {everybody} have its skills."
        )
    return faults
