"""A plant and its orders while the changes of a scenario are applied to them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from pydantic import ValidationError

from zhizao._base.errors import did_you_mean
from zhizao.model._noun import Noun
from zhizao.model.order import Order
from zhizao.model.plant import Plant, Resource
from zhizao.model.rules import sentence

N = TypeVar("N", bound=Noun)

MAX_NAME = 200
"""Characters of a name."""


class ChangeError(ValueError):
    """A change that does not fit; the text says why, without the scenario's name."""


@dataclass(frozen=True, kw_only=True)
class Branch:
    """What the next change is applied to."""

    plant: Plant
    orders: tuple[Order, ...]
    now: datetime

    def with_parts(self, **parts: Any) -> "Branch":
        """Return the branch with other parts of the plant."""
        return replace(self, plant=changed(self.plant, **parts))

    def with_resource(self, resource: Resource) -> "Branch":
        """Return the branch in which the resource of that name is replaced."""
        resources = self.plant.resources
        return self.with_parts(
            resources=tuple(resource if r.id == resource.id else r for r in resources)
        )

    def resource(self, name: str) -> Resource:
        """Return the resource of that name."""
        require(name, (r.id for r in self.plant.resources), what="resource")
        return next(r for r in self.plant.resources if r.id == name)


def changed(noun: N, **fields: Any) -> N:
    """Return a noun with other values in some fields, validated.

    Raises
    ------
    ChangeError
        If a value is not allowed.

    Examples
    --------
    >>> changed(Resource(id="M1", work_centre="W"), speed=2.0).speed
    2.0
    """
    try:
        return type(noun).model_validate({**dict(noun), **fields})
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, e['loc']))} {sentence(e)}".strip() for e in error.errors())
        raise ChangeError("; ".join(faults)) from error


def require(name: str, known: Iterable[str], *, what: str) -> None:
    """Raise a ChangeError with the nearest name unless the name is known."""
    names = list(known)
    if name in names:
        return
    hint = did_you_mean(name, names)
    if not hint:
        listed = ", ".join(f"'{n}'" for n in names[:8]) + (", …" if len(names) > 8 else "")
        hint = f" There are: {listed}." if names else f" There is no {what} at all."
    raise ChangeError(f"there is no {what} '{name}'.{hint}")


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """Return a name that is not taken yet: the wanted one, or with a number.

    Examples
    --------
    >>> free_name("M1 (own)", ["M1 (own)"])
    'M1 (own) 2'
    """
    names = set(taken)
    number, name = 1, wanted[:MAX_NAME]
    while name in names:
        number += 1
        name = f"{wanted[: MAX_NAME - 12]} {number}"
    return name
