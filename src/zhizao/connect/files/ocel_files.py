"""Object-centric event logs in JSON (OCEL 1 and 2): an event a row, its objects in a column a type."""

from collections.abc import Mapping
from typing import Any


def rows_of_ocel(value: Any) -> list[dict[str, Any]] | None:
    """Return the events of an object-centric log as flat objects; None if a value is none.

    Examples
    --------
    >>> log = {"objects": [{"id": "o1", "type": "order"}], "events": [{"id": "e1", "type": "cut",
    ...     "time": "2024-01-01T08:00:00Z", "relationships": [{"objectId": "o1"}]}], "eventTypes": [], "objectTypes": []}
    >>> rows_of_ocel(log)
    [{'event id': 'e1', 'activity': 'cut', 'timestamp': '2024-01-01T08:00:00Z', 'order': 'o1'}]
    """
    if not isinstance(value, Mapping):
        return None
    if isinstance(value.get("ocel:events"), Mapping):
        return _first_version(value)
    events, objects = value.get("events"), value.get("objects")
    if not isinstance(events, list) or not isinstance(objects, list):
        return None
    if not all(isinstance(part, Mapping) for part in (*events, *objects)):
        return None
    types = {str(o.get("id")): str(o.get("type")) for o in objects}
    about = {str(o.get("id")): _attributes(o.get("attributes")) for o in objects}
    rows = []
    for event in events:
        row = {
            "event id": event.get("id"),
            "activity": event.get("type"),
            "timestamp": event.get("time"),
            **_attributes(event.get("attributes")),
        }
        related = [
            str(r.get("objectId"))
            for r in event.get("relationships") or []
            if isinstance(r, Mapping)
        ]
        rows.append(row | _objects(related, types, about))
    return rows


def _first_version(value: Mapping[str, Any]) -> list[dict[str, Any]]:
    objects = value.get("ocel:objects") or {}
    types = {i: str(o.get("ocel:type")) for i, o in objects.items()}
    about = {i: dict(o.get("ocel:ovmap") or {}) for i, o in objects.items()}
    return [
        {
            "event id": i,
            "activity": event.get("ocel:activity"),
            "timestamp": event.get("ocel:timestamp"),
            **(event.get("ocel:vmap") or {}),
            **_objects(list(map(str, event.get("ocel:omap") or [])), types, about),
        }
        for i, event in value["ocel:events"].items()
    ]


def _attributes(found: Any) -> dict[str, Any]:
    """Return attributes by name; the last one of several in time."""
    if not isinstance(found, list):
        return {}
    return {str(a.get("name")): a.get("value") for a in found if isinstance(a, Mapping)}


def _objects(
    related: list[str], types: Mapping[str, str], about: Mapping[str, dict[str, Any]]
) -> dict[str, Any]:
    """Return the ids of an event's objects by type, and what is said of each that is alone of its type."""
    by_type: dict[str, list[str]] = {}
    for one in related:
        by_type.setdefault(types.get(one, "object"), []).append(one)
    cells: dict[str, Any] = {}
    for kind, ids in by_type.items():
        cells[kind] = ids[0] if len(ids) == 1 else ", ".join(ids)
        if len(ids) == 1:
            cells |= {f"{kind} {name}": said for name, said in about.get(ids[0], {}).items()}
    return cells
