"""Whether bills of materials make sense: steps that there are, no product in itself."""

from collections.abc import Iterator
from typing import Any

from zhizao._base.errors import FileFault
from zhizao.model.files.row import Rows, Tables


def material_faults(tables: Tables) -> Iterator[FileFault]:
    """Yield steps that no routing of the product has, and products that contain themselves."""
    steps: dict[Any, set[Any]] = {}
    for row in tables["routings"].rows:
        steps.setdefault(row.values.get("product"), set()).add(row.values.get("step"))
    for name in ("bom", "outputs"):
        rows = tables[name]
        for row in rows.rows:
            known, step = steps.get(row.values.get("product")), row.values.get("step")
            if known and step is not None and step not in known:
                allowed = ", ".join(str(s) for s in sorted(s for s in known if s is not None))
                yield rows.fault(row, f"expected a step of its routing: {allowed}", column="step")
    yield from _circles(tables["bom"])


def _circles(rows: Rows) -> Iterator[FileFault]:
    """Yield each circle once, at the row that closes it."""
    into: dict[Any, list[Any]] = {}
    for row in rows.rows:
        into.setdefault(row.values.get("product"), []).append(row)
    done: set[Any] = set()

    def visit(product: Any, path: list[Any]) -> Iterator[FileFault]:
        done.add(product)
        for row in into.get(product, ()):
            component = row.values.get("component")
            if component in path:
                circle = " → ".join(map(str, [*path[path.index(component) :], component]))
                rule = f"a product cannot go into itself: {circle}; take one of these rows out"
                yield rows.fault(row, rule, column="component")
            elif component not in done:
                yield from visit(component, [*path, component])

    for product in list(into):
        if product not in done:
            yield from visit(product, [product])
