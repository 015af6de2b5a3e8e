"""Finds and reads the files of an AutoSched folder."""

from dataclasses import dataclass
from pathlib import Path

from zhizao._base.errors import FileFault, InputError, nearest_name
from zhizao.connect.autosched import columns
from zhizao.connect.autosched.cells import Row
from zhizao.connect.autosched.table import read_rows

_NEEDED = {
    "tool.txt": columns.STATIONS,
    "part.txt": columns.PARTS,
    "order.txt": columns.ORDERS,
}
_OPTIONAL = {
    "wip.txt": columns.WIP,
    "setup.txt": columns.SETUPS,
    "setupgrp.txt": columns.SETUP_GROUPS,
    "downcal.txt": columns.BREAKDOWNS,
    "pmcal.txt": columns.MAINTENANCES,
    "attach.txt": columns.ATTACHMENTS,
    "fromto.txt": columns.TRANSPORTS,
}


@dataclass(frozen=True, kw_only=True)
class Files:
    """Rows of all files; ``routes`` by the name that parts give. Absent files have no rows.

    ``unread``: files of the folder that nothing asks for. ``headers``: columns
    of each file that was read, by its name in the folder.
    """

    stations: list[Row]
    parts: list[Row]
    orders: list[Row]
    wip: list[Row]
    setups: list[Row]
    setup_groups: list[Row]
    breakdowns: list[Row]
    maintenances: list[Row]
    attachments: list[Row]
    transports: list[Row]
    routes: dict[str, list[Row]]
    unread: tuple[str, ...]
    unused: tuple[tuple[str, str, str], ...]
    short_rows: tuple[tuple[str, int], ...]


def read_files(folder: Path, *, faults: list[FileFault]) -> Files:
    """Return the rows of the files of a folder; faults of their form are noted.

    File names count without regard to case; what follows ``.txt`` does not
    count (``tool.txt.1l``).

    Raises
    ------
    InputError
        If the folder is not one.
    """
    if not folder.is_dir():
        raise InputError(f"'{folder}' is not a folder; give the folder of AutoSched's text files.")
    found = {_key(p.name): p for p in sorted(folder.iterdir()) if p.is_file()}
    read: dict[str, list[Row]] = {}
    paths: list[tuple[Path, columns.FileColumns, list[Row]]] = []

    def rows_of(key: str, kind: columns.FileColumns) -> list[Row]:
        read[key] = read_rows(found[key], kind, faults=faults)
        paths.append((found[key], kind, read[key]))
        return read[key]

    for key, kind in _NEEDED.items():
        if key in found:
            rows_of(key, kind)
        else:
            near = nearest_name(key, found)
            faults.append(FileFault(file=key, rule="the file is missing", nearest=near))
    for key, kind in _OPTIONAL.items():
        if key in found:
            rows_of(key, kind)
    routes: dict[str, list[Row]] = {}
    for part in read.get("part.txt", []):
        name = part.name("ROUTEFILE")
        if _key(name) not in found:
            part.fault("ROUTEFILE", "there is no such file", near=tuple(found))
        elif name not in routes:
            routes[name] = rows_of(_key(name), columns.ROUTE)
    return Files(
        stations=read.get("tool.txt", []),
        parts=read.get("part.txt", []),
        orders=read.get("order.txt", []),
        wip=read.get("wip.txt", []),
        setups=read.get("setup.txt", []),
        setup_groups=read.get("setupgrp.txt", []),
        breakdowns=read.get("downcal.txt", []),
        maintenances=read.get("pmcal.txt", []),
        attachments=read.get("attach.txt", []),
        transports=read.get("fromto.txt", []),
        routes=routes,
        unread=tuple(path.name for key, path in found.items() if key not in read),
        unused=tuple(
            (path.name, column, why)
            for path, kind, rows in paths
            for column, why in kind.unread.items()
            if any(row.text(column) for row in rows)
        ),
        short_rows=tuple(
            (path.name, row.number)
            for path, _, rows in paths
            for row in rows
            if len(row.cells) < max(len(r.cells) for r in rows)
        ),
    )


def _key(name: str) -> str:
    folded = name.casefold()
    stem, dot, _ = folded.partition(".txt")
    return stem + dot
