"""Changes of working times and setups."""

from zhizao.model.changes.branch import Branch, ChangeError, changed, require
from zhizao.model.plant import Routing, Setup, Step
from zhizao.model.scenario import ScaleSetups, ScaleTimes, SetSetup

A_DAY_MIN = 24.0 * 60.0


def scale_times(branch: Branch, change: ScaleTimes) -> Branch:
    """Multiply working times of the steps that match all the given names."""
    plant = branch.plant
    if change.product is not None:
        require(change.product, (p.id for p in plant.products), what="product")
    if change.family is not None:
        require(change.family, _families(branch), what="family")
    if change.operation is not None:
        operations = dict.fromkeys(s.operation for r in plant.routings for s in r.steps)
        require(change.operation, operations, what="operation")
    products = {
        p.id
        for p in plant.products
        if change.product in {None, p.id} and change.family in {None, p.family}
    }

    def is_meant(routing: Routing, step: Step) -> bool:
        return routing.product in products and change.operation in {None, step.operation}

    if not any(is_meant(r, s) for r in plant.routings for s in r.steps):
        raise ChangeError("no step matches all of product, family and operation")
    return branch.with_parts(
        routings=tuple(
            changed(r, steps=tuple(_scaled(s, change) if is_meant(r, s) else s for s in r.steps))
            for r in plant.routings
        )
    )


def set_setup(branch: Branch, change: SetSetup) -> Branch:
    """Set one setup time between families."""
    plant = branch.plant
    require(change.work_centre, (c.id for c in plant.work_centres), what="work centre")
    for family in (change.from_family, change.to_family):
        if family is not None:
            require(family, _families(branch), what="family")
    after = Setup(
        work_centre=change.work_centre,
        from_family=change.from_family,
        to_family=change.to_family,
        setup_min=change.setup_min,
    )
    key = (after.work_centre, after.from_family, after.to_family)
    is_there = any((s.work_centre, s.from_family, s.to_family) == key for s in plant.setups)
    replaced = tuple(
        after if (s.work_centre, s.from_family, s.to_family) == key else s for s in plant.setups
    )
    return branch.with_parts(setups=replaced if is_there else (*plant.setups, after))


def scale_setups(branch: Branch, change: ScaleSetups) -> Branch:
    """Multiply the setup times between families, at one work centre or everywhere."""
    plant = branch.plant
    if change.work_centre is not None:
        require(change.work_centre, (c.id for c in plant.work_centres), what="work centre")
    if not any(change.work_centre in {None, s.work_centre} for s in plant.setups):
        where = "" if change.work_centre is None else f" at '{change.work_centre}'"
        raise ChangeError(f"there are no setup times{where}; state them with set_setup")
    return branch.with_parts(
        setups=tuple(
            changed(s, setup_min=s.setup_min * change.factor)
            if change.work_centre in {None, s.work_centre}
            else s
            for s in plant.setups
        )
    )


def _families(branch: Branch) -> list[str]:
    return list(dict.fromkeys(p.family for p in branch.plant.products if p.family is not None))


def _scaled(step: Step, change: ScaleTimes) -> Step:
    time = step.time
    fields = {}
    # What a batch takes whatever its size is the oven's time, and no setup; what a lot takes for
    # days whatever its size is a subcontractor's, a yard's, or paper's.
    is_whole = step.batch is not None or time.setup_min >= A_DAY_MIN
    is_process = change.part == "setup" and is_whole and change.operation is None
    if change.part in {"all", "setup"} and not is_process:
        fields["setup_min"] = time.setup_min * change.factor
    if change.part in {"all", "per_piece"}:
        fields["per_piece_min"] = time.per_piece_min * change.factor
    return changed(step, time=changed(time, **fields))
