"""Changes of who carries lots from one work centre to another."""

from zhizao.model.changes.branch import Branch, ChangeError, changed, require
from zhizao.model.scenario import ChangeCarrier, SetCarrier


def change_carrier(branch: Branch, change: ChangeCarrier) -> Branch:
    """Replace a group of carriers, or define a new one."""
    carriers = branch.plant.carriers
    if change.carrier.id not in {c.id for c in carriers}:
        return branch.with_parts(carriers=(*carriers, change.carrier))
    return branch.with_parts(
        carriers=tuple(change.carrier if c.id == change.carrier.id else c for c in carriers)
    )


def set_carrier(branch: Branch, change: SetCarrier) -> Branch:
    """Let a carrier carry on all transports that match, or anybody."""
    plant = branch.plant
    if change.carrier is not None:
        require(change.carrier, (c.id for c in plant.carriers), what="carrier")
    for name in (change.from_work_centre, change.to_work_centre):
        if name is not None:
            require(name, (c.id for c in plant.work_centres), what="work centre")
    matching = [
        t
        for t in plant.transports
        if change.from_work_centre in {None, t.from_work_centre}
        and change.to_work_centre in {None, t.to_work_centre}
    ]
    if not matching:
        raise ChangeError("no transport is between these work centres; give one in transports.csv")
    return branch.with_parts(
        transports=tuple(
            changed(t, carrier=change.carrier) if t in matching else t for t in plant.transports
        )
    )
