# mypy: disable-error-code="no-untyped-call, unused-ignore, untyped-decorator, misc, override, attr-defined"
"""Many tables handed from kernel to kernel as one address.

A named tuple of arrays is handed over as all their pointers, shapes and strides:
three hundred numbers at each call, which took more time to compile and to run
than what the functions do. ``by_reference`` puts them into the frame of the
outermost kernel once and returns their address; ``floor.steps`` reads from there.
It must not be kept beyond that kernel's end. What is there never changes (the
arrays' contents do), so that one reading serves (``invariant.load``); the empty
assembly keeps the compiler from seeing that it was written just before.
"""

import hashlib
from typing import Any, TypeVar, cast

from numba import types
from numba.core import cgutils
from numba.core.imputils import lower_getattr_generic
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.extending import intrinsic, models, register_model

from zhizao._base.compiled.kinds import config

Tables = TypeVar("Tables")


class Reference(types.Type):
    """The address of a named tuple; its short name keeps symbols short."""

    def __init__(self, whole: Any) -> None:
        self.whole = whole
        digest = hashlib.blake2b(str(whole).encode(), digest_size=8).hexdigest()
        super().__init__(name=f"{whole.instance_class.__name__}_{digest}")


register_model(Reference)(models.OpaqueModel)


@infer_getattr
class ReferenceFields(AttributeTemplate):
    """Fields of what is referred to."""

    key = Reference

    def generic_resolve(self, reference: Reference, name: str) -> Any:
        """Return a field's type; None if there is none of that name."""
        whole = reference.whole
        return dict(zip(whole.fields, whole.types, strict=True)).get(name)


@lower_getattr_generic(Reference)
def _read_field(context: Any, builder: Any, reference: Any, value: Any, name: str) -> Any:
    whole = reference.whole
    address = builder.bitcast(value, context.get_value_type(whole).as_pointer())
    found = builder.load(cgutils.gep_inbounds(builder, address, 0, whole.fields.index(name)))
    found.set_metadata("invariant.load", builder.module.add_metadata([]))
    return found


@intrinsic
def _address_of(_: Any, whole: Any) -> Any:
    def write(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        slot = cgutils.alloca_once_value(builder, values[0])
        address = builder.bitcast(slot, context.get_value_type(signature.return_type))
        same = cgutils.ir.FunctionType(address.type, [address.type])
        return builder.asm(same, "", "=r,0", [address], side_effect=True)

    return Reference(whole)(whole), write


def _itself(whole: Tables) -> Tables:
    return whole


by_reference = cast("Any", _itself if config.DISABLE_JIT else _address_of)
