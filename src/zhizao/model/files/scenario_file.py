"""Scenarios as TOML and JSON."""

import json
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import tomli_w
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from zhizao._base.errors import ScenarioError, did_you_mean
from zhizao._base.files import write_files
from zhizao.model._noun import Noun
from zhizao.model.rules import literal_values, sentence
from zhizao.model.scenario import Change, Scenario

CHANGES: dict[str, type[Noun]] = {
    change.model_fields["change"].default: change for change in get_args(get_args(Change)[0])
}
"""All types of change, by the key ``change``."""


def read_scenario(path: Path | str) -> Scenario:
    """Read a scenario from a ``.toml`` or ``.json`` file.

    Raises
    ------
    ScenarioError
        If the file cannot be read, or with every fault in it: unknown changes
        and fields, and values that are not allowed.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_scenario(Scenario(name="as it is"), Path(folder) / "a.toml")
    ...     read_scenario(Path(folder) / "a.toml").name
    'as it is'
    """
    path = Path(path)
    if path.suffix.lower() not in {".toml", ".json"}:
        raise ScenarioError(f"'{path}' is not a scenario file; expected a name in .toml or .json.")
    try:
        text = path.read_text(encoding="utf-8-sig")
        data = tomllib.loads(text) if path.suffix.lower() == ".toml" else json.loads(text)
    except FileNotFoundError as error:
        near = did_you_mean(path.name, (p.name for p in path.parent.glob("*.*")))
        raise ScenarioError(f"There is no scenario file '{path}'.{near} Check the path.") from error
    except OSError as error:
        raise ScenarioError(f"'{path}' cannot be read: {error.strerror}.") from error
    except ValueError as error:  # of the encoding, TOML and JSON alike
        kind = path.suffix[1:].upper()
        raise ScenarioError(f"'{path}' is not {kind} in UTF-8: {error}.") from error
    return to_scenario(data, source=str(path))


def to_scenario(data: Any, *, source: str = "scenario") -> Scenario:
    """Return the scenario that plain data (of TOML or JSON) describes.

    Parameters
    ----------
    data : mapping
        Fields of a ``Scenario``.
    source : str
        Where the data comes from, for messages.

    Raises
    ------
    ScenarioError
        With every fault, its place (``changes[2].factor``), what is allowed
        and the nearest name.

    Examples
    --------
    >>> data = {"name": "fast", "changes": [{"change": "scale_demand", "factor": 1.2}]}
    >>> to_scenario(data).changes[0].factor
    1.2
    """
    try:
        return Scenario.model_validate(data)
    except ValidationError as error:
        lines = [f"{source}: {_line(e)}" for e in error.errors()]
        n_faults = len(lines)
        head = f"{n_faults} fault{'s' if n_faults != 1 else ''} in a scenario:"
        raise ScenarioError("\n  ".join([head, *lines])) from error


def scenario_data(scenario: Scenario) -> dict[str, Any]:
    """Return a scenario as plain data for TOML; absent fields are left out.

    Examples
    --------
    >>> scenario_data(Scenario(name="as it is"))
    {'name': 'as it is'}
    """
    data = scenario.model_dump(exclude_none=True)
    return {k: _plain(v) for k, v in data.items() if v not in ("", ())}


def scenario_text(scenario: Scenario, *, suffix: str) -> str:
    """Return the text of a scenario's file with the suffix ``.toml`` or ``.json``."""
    data = scenario_data(scenario)
    if suffix.lower() == ".toml":
        return tomli_w.dumps(data)
    if suffix.lower() == ".json":
        return json.dumps(data, ensure_ascii=False, indent=1, default=datetime.isoformat) + "\n"
    raise ScenarioError(f"A scenario is written as .toml or .json, not as '{suffix}'.")


def write_scenario(scenario: Scenario, path: Path | str) -> None:
    r"""Write a scenario to a ``.toml`` or ``.json`` file, whole or not at all.

    Raises
    ------
    ScenarioError
        If the file has another suffix.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_scenario(Scenario(name="as it is"), Path(folder) / "a.toml")
    ...     (Path(folder) / "a.toml").read_text()
    'name = "as it is"\n'
    """
    path = Path(path)
    write_files(path.parent, {path.name: scenario_text(scenario, suffix=path.suffix)})


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(v) for v in value]
    if isinstance(value, datetime):
        offset = value.utcoffset()
        # TOML has offsets of whole minutes only; some zones of long ago have seconds.
        is_whole = offset is not None and offset.total_seconds() % 60 == 0
        return value if is_whole else value.astimezone(UTC)
    return value


def _line(error: ErrorDetails) -> str:
    loc = list(error["loc"])
    tag = None
    if loc[:1] == ["changes"] and len(loc) > 2 and loc[2] in CHANGES:
        tag = CHANGES[str(loc.pop(2))]
    place = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in loc).lstrip(".")
    if loc[:1] == ["changes"] and len(loc) > 1:
        place = f"change {int(loc[1]) + 1}, {place}"  # people count from 1
    rule, hint, found = sentence(error), "", _found(error)
    if error["type"] == "extra_forbidden":
        noun = _noun_at(tag or Scenario, loc)
        fields = [f for f in noun.model_fields if f != "change"]
        rule += f"; allowed are {', '.join(fields)}"
        hint = did_you_mean(str(loc[-1]), fields)
        found = ""
    elif error["type"].startswith("union_tag"):
        rule = rule.partition("; allowed")[0] + f"; allowed are {', '.join(CHANGES)}"
        tag_given = error["input"].get("change") if isinstance(error["input"], Mapping) else None
        found = "" if tag_given is None else f": found '{tag_given}'"
        hint = did_you_mean(str(tag_given), CHANGES) if tag_given is not None else ""
    elif isinstance(error["input"], str):
        hint = did_you_mean(error["input"], literal_values(error))
    return f"{place or 'the whole'}{found}; {rule}.{hint}"


def _found(error: ErrorDetails) -> str:
    value = error["input"]
    if error["type"] == "missing" or isinstance(value, Mapping):
        return ""
    return f": found '{value}'"


def _noun_at(noun: type[Noun], loc: list[Any]) -> type[Noun]:
    """Return the noun whose field the place names: the change, or a part in it."""
    names = [p for p in loc[:-1] if isinstance(p, str) and p != "changes"]
    for name in names:
        annotation = noun.model_fields[name].annotation
        inside = [annotation, *getattr(annotation, "__args__", ())]
        inside += [a for i in inside for a in getattr(i, "__args__", ())]
        noun = next(a for a in inside if isinstance(a, type) and issubclass(a, Noun))
    return noun
