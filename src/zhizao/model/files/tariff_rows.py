"""Tariffs ↔ rows: the price at all times, hours of the week, dated spans."""

from collections.abc import Iterable
from typing import Any

from zhizao._base.errors import FileFault, nearest_name
from zhizao.model.files.row import Row, Rows, noun_of, validated
from zhizao.model.plant_tariffs import Tariff, TariffException, TariffPeriod

TARIFF_KINDS = ("always", "weekly", "span")

_WEEKLY = ("weekdays", "start", "end")
_DATED = ("from_at", "to_at")


def tariff_values(tariff: Tariff) -> Iterable[dict[str, Any]]:
    """Yield the rows of a tariff."""
    yield {"tariff": tariff.id, "kind": "always", **_numbers(tariff)}
    for p in tariff.periods:
        hours = {"weekdays": p.weekdays or None, "start": p.start, "end": p.end}
        yield {"tariff": tariff.id, "kind": "weekly", **hours, **_numbers(p)}
    for e in tariff.exceptions:
        span = {"from_at": e.start_at, "to_at": e.end_at}
        yield {"tariff": tariff.id, "kind": "span", **span, **_numbers(e)}


def _numbers(part: Tariff | TariffPeriod | TariffException) -> dict[str, float | None]:
    return {
        "price_per_kwh": part.price_per_kwh,
        "carbon_kg_per_kwh": part.carbon_kg_per_kwh,
    }


def tariffs_of(rows: Rows, *, faults: list[FileFault]) -> tuple[Tariff, ...]:
    """Return the tariffs that rows hold; rows of one name make one tariff."""
    by_name: dict[str, list[Row]] = {}
    for row in rows.rows:
        by_name.setdefault(row.values.get("tariff", ""), []).append(row)
    found = (_tariff(rows, name, members, faults=faults) for name, members in by_name.items())
    return tuple(tariff for tariff in found if tariff is not None)


def _tariff(rows: Rows, name: str, members: list[Row], *, faults: list[FileFault]) -> Tariff | None:
    n_faults = len(faults)
    base: Row | None = None
    periods: list[TariffPeriod | None] = []
    exceptions: list[TariffException | None] = []
    for row in members:
        kind = row.values.get("kind")
        if kind not in TARIFF_KINDS:
            rule = f"expected one of {', '.join(TARIFF_KINDS)}"
            nearest = nearest_name(str(kind), TARIFF_KINDS)
            faults.append(rows.fault(row, rule, column="kind", nearest=nearest))
            continue
        faults += _stray(rows, row, kind=kind)
        if kind == "weekly":
            periods.append(noun_of(rows, row, TariffPeriod, faults=faults))
        elif kind == "span":
            exceptions.append(noun_of(rows, row, TariffException, faults=faults))
        elif base is not None:
            rule = f"row {base.row} gives '{name}' at all times already; each tariff has one"
            faults.append(rows.fault(row, rule, column="kind"))
        else:
            base = row
    if base is None:
        if len(faults) == n_faults:
            rule = f"'{name}' has no row of kind 'always', which gives its price outside all hours"
            faults.append(rows.fault(members[0], rule, column="kind"))
        return None
    if len(faults) > n_faults or None in periods or None in exceptions:
        return None
    numbers = {
        column: base.values[column]
        for column in ("price_per_kwh", "carbon_kg_per_kwh")
        if column in base.values
    }
    data = {"id": name, **numbers, "periods": tuple(periods), "exceptions": tuple(exceptions)}
    return validated(rows, base, Tariff, data=data, columns=rows.table.columns, faults=faults)


def _stray(rows: Rows, row: Row, *, kind: str) -> Iterable[FileFault]:
    """Complain about hours in a row of another kind."""
    used = {"weekly": _WEEKLY, "span": _DATED}.get(kind, ())
    for column in (*_WEEKLY, *_DATED):
        if column not in used and row.values.get(column) is not None:
            rule = f"expected an empty cell where kind is '{kind}'"
            yield rows.fault(row, rule, column=column)
