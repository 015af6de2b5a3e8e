"""What a plant states that can be run but is hardly meant: named in the run's warnings."""

from collections.abc import Iterable, Iterator
from itertools import pairwise

from zhizao._base.words import Lang, say
from zhizao.model.plant import Plant, Routing, Step
from zhizao.twin.tables.carrier_tables import unknown_empty_ways

_MOST = 5
"""Names that a warning lists."""


def odd_inputs(plant: Plant, *, lang: Lang = "en") -> tuple[str, ...]:
    """Return a warning for each kind of oddity that a plant has, with the names.

    Examples
    --------
    >>> from zhizao.model.plant import WorkCentre
    >>> odd_inputs(Plant(name="P", work_centres=(WorkCentre(id="turning"),)))
    ("1 work centres have no resource ('turning')",)
    """
    found = (
        ("empty_centre", _empty_centres(plant)),
        ("never_done", _never_done(plant)),
        ("missing_setups", _missing_setups(plant)),
        ("certain_rework", _certain_rework(plant)),
        ("buffers_in_a_circle", _circles_of_buffers(plant)),
        ("unknown_empty_ways", unknown_empty_ways(plant)),
    )
    return tuple(
        say("zhizao.twin", key, lang=lang, n=len(names), names=_listed(names))
        for key, names in ((key, list(dict.fromkeys(all_names))) for key, all_names in found)
        if names
    )


def _listed(names: list[str]) -> str:
    return ", ".join(names[:_MOST]) + (", …" if len(names) > _MOST else "")


def _where(routing: Routing, step: Step) -> str:
    variant = "" if routing.variant == "main" else f" ({routing.variant})"
    return f"{step.step} of '{routing.product}'{variant}"


def _empty_centres(plant: Plant) -> Iterator[str]:
    used = {r.work_centre for r in plant.resources}
    return (f"'{c.id}'" for c in plant.work_centres if c.id not in used)


def _never_done(plant: Plant) -> Iterator[str]:
    return (
        _where(routing, step)
        for routing in plant.routings
        for step in routing.steps
        if step.probability == 0.0 or routing.share == 0.0
    )


def _certain_rework(plant: Plant) -> Iterator[str]:
    return (
        _where(routing, step)
        for routing in plant.routings
        for step in routing.steps
        if step.rework is not None and step.rework.probability == 1.0
    )


def _missing_setups(plant: Plant) -> Iterator[str]:
    """Yield the pairs of families that can follow each other where no setup is given for them."""
    centre_of = {r.id: r.work_centre for r in plant.resources}
    family_of = {p.id: p.family for p in plant.products}
    families: dict[str, list[str]] = {}
    for routing in plant.routings:
        for step in routing.steps:
            family = step.family or family_of.get(routing.product)
            for option in step.resources:
                here = families.setdefault(centre_of.get(option.resource, ""), [])
                if family is not None and family not in here:
                    here.append(family)
    given: dict[str, set[tuple[str | None, str | None]]] = {}
    for s in plant.setups:
        given.setdefault(s.work_centre, set()).add((s.from_family, s.to_family))
    for centre, pairs in given.items():
        for a in families.get(centre, ()):
            for b in families.get(centre, ()):
                if a != b and not pairs & {(a, b), (None, b), (a, None), (None, None)}:
                    yield f"'{a}' → '{b}' in '{centre}'"


def _circles_of_buffers(plant: Plant) -> Iterator[str]:
    """Yield the circles of work centres with limited buffers that lots move round in."""
    limited = {c.id for c in plant.work_centres if c.buffer_lots is not None}
    limited |= {c.work_centre for c in plant.wip_caps if c.work_centre is not None}
    centre_of = {r.id: r.work_centre for r in plant.resources}
    onward: dict[str, set[str]] = {c: set() for c in limited}
    for routing in plant.routings:
        visited = [
            (step, centre_of.get(step.resources[0].resource, ""))
            for step in routing.steps
            if step.resources
        ]
        moves = [(a, b) for (_, a), (_, b) in pairwise(visited)]
        centre_at = {step.step: centre for step, centre in visited}
        moves += [
            (centre, centre_at[step.rework.to_step])
            for step, centre in visited
            if step.rework and step.rework.to_step in centre_at
        ]
        for a, b in moves:
            if a in limited and b in limited:
                onward[a].add(b)
    for circle in _strongly_connected(onward):
        yield " → ".join(f"'{name}'" for name in circle)


def _strongly_connected(onward: dict[str, set[str]]) -> Iterator[list[str]]:
    """Yield the sets of names that lead to each other, or one that leads to itself."""

    def reach(start: str) -> set[str]:
        found: set[str] = set()
        ahead: Iterable[str] = onward[start]
        while new := set(ahead) - found:
            found |= new
            ahead = {b for a in new for b in onward[a]}
        return found

    reached = {name: reach(name) for name in sorted(onward)}
    done: set[str] = set()
    for name, ahead in reached.items():
        if name in ahead and name not in done:
            circle = [other for other in reached if other in ahead and name in reached[other]]
            done |= set(circle)
            yield circle
