"""The mapping as text: ``mapping.toml``, written for a person to edit, and read back with all faults."""

import json
import tomllib
from pathlib import Path

from pydantic import ValidationError

from zhizao._base.errors import MappingError, did_you_mean
from zhizao.connect.mapping import FIELD_NAMES, MEANINGS, Mapping, TableMapping


def mapping_toml(mapping: Mapping) -> str:
    """Return the mapping as TOML text with comments, for a person to edit.

    Examples
    --------
    >>> table = TableMapping(file="a.csv", columns={"operation": "工序"})
    >>> print(mapping_toml(Mapping(tables=(table,))).splitlines()[0])
    # How the columns of your files are read. Edit it, then: zhizao drop FILE… --into PLANT --mapping mapping.toml
    """
    lines = [
        "# How the columns of your files are read. Edit it, then: zhizao drop FILE… --into PLANT --mapping mapping.toml",
        "",
        "# IANA name of the zone of clock times without one, such as 'Asia/Shanghai'."
        + ("" if mapping.time_zone_stated else " Nobody stated one: UTC is an assumption."),
        f"time_zone = {_quoted(mapping.time_zone)}",
        f"time_zone_stated = {_quoted(mapping.time_zone_stated)}",
    ]
    for table in mapping.tables:
        lines += [
            "",
            "[[tables]]",
            f"file = {_quoted(table.file)}",
            f"kind = {_quoted(table.kind)}  # operations | orders",
            f"layout = {_quoted(table.layout)}  # row_per_operation | row_per_event (start and end in rows of their own) | row_per_change (of a machine's state) | row_per_order",
            f"date_order = {_quoted(table.date_order)}  # ymd | dmy | mdy",
            f"decimal = {_quoted(table.decimal)}  # . | ,",
            f"duration_unit = {_quoted(table.duration_unit)}  # s | min | h | d, of plain numbers",
            f"planned_unit = {_quoted(table.planned_unit)}",
            f"setup_unit = {_quoted(table.setup_unit)}",
            "# columns whose empty cells mean what stands above them:",
            f"fill_down = {_quoted(list(table.fill_down))}",
            "# values of 'operation' that mark an order's ends and are no work:",
            f"markers = {_quoted(list(table.markers))}",
            "# columns that are not read:",
            f"unmapped = {_quoted(list(table.unmapped))}",
            "# what was assumed:",
            f"notes = {_quoted(list(table.notes))}",
            "",
            "[tables.columns]",
        ]
        width = max((len(_quoted(c)) for c in table.columns.values()), default=0)
        lines += [
            f"{field} = {_quoted(column):<{width}}  # {MEANINGS[field]}"
            for field, column in table.columns.items()
        ]
        absent = [field for field in FIELD_NAMES if field not in table.columns]
        lines += [f'# {field} = ""  # {MEANINGS[field]}' for field in absent]
        lines += ["", "[tables.transitions]"]
        lines += [f"{_quoted(value)} = {_quoted(to)}" for value, to in table.transitions.items()]
        lines += ["", "[tables.kinds]  # run | setup | down | idle"]
        lines += [f"{_quoted(value)} = {_quoted(to)}" for value, to in table.kinds.items()]
        for step in table.steps:
            lines += ["", "[[tables.steps]]"]
            lines += [
                f"{key} = {_quoted(value)}"
                for key, value in step.model_dump(exclude_none=True).items()
            ]
    return "\n".join(lines) + "\n"


def read_mapping(path: Path | str) -> Mapping:
    """Read ``mapping.toml``.

    Raises
    ------
    MappingError
        If the file is missing, is not TOML, or has unknown keys, fields or
        values: all of them at once, with the nearest names.

    Examples
    --------
    >>> import tempfile
    >>> table = TableMapping(file="a.csv", columns={"operation": "op"})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "mapping.toml").write_text(mapping_toml(Mapping(tables=(table,))))
    ...     read_mapping(Path(folder) / "mapping.toml").tables[0].columns
    {'operation': 'op'}
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise MappingError(f"There is no mapping '{path}'. Check the path.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise MappingError(f"The mapping '{path}' cannot be read: {error}.") from error
    return mapping_of_toml(text, name=str(path))


def mapping_of_toml(text: str, *, name: str = "mapping.toml") -> Mapping:
    """Return the mapping that some TOML text states.

    Raises
    ------
    MappingError
        As for :func:`read_mapping`.

    Examples
    --------
    >>> table = TableMapping(file="a.csv", columns={"operation": "op"})
    >>> mapping_of_toml(mapping_toml(Mapping(tables=(table,)))).tables[0] == table
    True
    """
    try:
        return Mapping.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise MappingError(f"The mapping '{name}' is not valid TOML: {error}.") from error
    except ValidationError as error:
        faults = []
        for fault in error.errors():
            place = ".".join(str(part) for part in fault["loc"])
            last = str(fault["loc"][-2 if fault["loc"][-1] == "[key]" else -1])
            allowed = FIELD_NAMES if "columns" in fault["loc"] else TableMapping.model_fields
            hint = "" if last in allowed else did_you_mean(last, allowed)
            faults.append(f"{place}: {fault['msg']} (found {fault['input']!r}).{hint}")
        listed = "\n  ".join(faults)
        raise MappingError(f"The mapping '{name}' has {len(faults)} faults:\n  {listed}") from error


def _quoted(value: object) -> str:
    # TOML forbids the delete character, which JSON leaves as it is
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
