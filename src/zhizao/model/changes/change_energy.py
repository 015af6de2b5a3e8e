"""Changes of what electricity costs and how much of it is used."""

from zhizao.model.changes.branch import Branch, ChangeError, changed, require
from zhizao.model.plant import Power, Resource
from zhizao.model.scenario import ChangeTariff, ScalePower, SetPower, SetTariff


def set_tariff(branch: Branch, change: SetTariff) -> Branch:
    """Let the plant pay another tariff, or none."""
    if change.tariff is not None:
        require(change.tariff, (t.id for t in branch.plant.tariffs), what="tariff")
    return branch.with_parts(tariff=change.tariff)


def change_tariff(branch: Branch, change: ChangeTariff) -> Branch:
    """Replace a tariff, or define a new one."""
    tariffs = branch.plant.tariffs
    if change.tariff.id not in {t.id for t in tariffs}:
        return branch.with_parts(tariffs=(*tariffs, change.tariff))
    return branch.with_parts(
        tariffs=tuple(change.tariff if t.id == change.tariff.id else t for t in tariffs)
    )


def set_power(branch: Branch, change: SetPower) -> Branch:
    """Set or remove the electric power of a resource."""
    return branch.with_resource(changed(branch.resource(change.resource), power=change.power))


def scale_power(branch: Branch, change: ScalePower) -> Branch:
    """Multiply the power of a resource, or of all, in every state."""
    if change.resource is not None and branch.resource(change.resource).power is None:
        raise ChangeError(f"the power of '{change.resource}' is not known; state it with set_power")
    if not any(r.power for r in branch.plant.resources):
        raise ChangeError("no resource has a known power; state it with set_power")

    def scaled(resource: Resource) -> Resource:
        if resource.power is None or change.resource not in {None, resource.id}:
            return resource
        numbers = {name: change.factor * getattr(resource.power, name) for name in _STATES}
        return changed(resource, power=changed(resource.power, **numbers))

    return branch.with_parts(resources=tuple(scaled(r) for r in branch.plant.resources))


_STATES = tuple(Power.model_fields)
