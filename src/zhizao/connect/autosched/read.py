"""The front door: an AutoSched folder → a plant, its orders, its lots in progress."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from zhizao._base.errors import FileFault, InputError, PlantFileError
from zhizao.connect.autosched.assumptions import assumed
from zhizao.connect.autosched.cells import Row
from zhizao.connect.autosched.downtimes import to_downtimes
from zhizao.connect.autosched.folder import read_files
from zhizao.connect.autosched.lots import (
    Lot,
    Starts,
    WipLot,
    lots_started,
    to_starts,
    to_wip,
    wip_order,
    wip_state,
)
from zhizao.connect.autosched.plant_parts import (
    check_setup_times,
    is_cascading,
    maintenances,
    resource_name,
    resources,
    station_setups,
    work_centre,
)
from zhizao.connect.autosched.plant_routings import check_intervals, to_steps, to_transports
from zhizao.connect.autosched.routes import RouteStep, to_route
from zhizao.connect.autosched.stations import (
    Station,
    check_setup_groups,
    ranks_setups,
    to_setup_times,
    to_stations,
)
from zhizao.model.order import Order
from zhizao.model.plant import Plant, Product, ResourceOption, Routing
from zhizao.model.state import ShopState


@dataclass(frozen=True, kw_only=True)
class AutoschedPlant:
    """What an AutoSched folder says.

    ``orders``: lots in progress first, then those that start in the span, by
    release. ``state``: None if there are no lots in progress. ``assumptions``:
    sentences on what the files leave open and on what is not used.
    """

    plant: Plant
    orders: tuple[Order, ...]
    state: ShopState | None
    assumptions: tuple[str, ...]


def read_autosched(
    folder: str | Path,
    *,
    start_at: datetime,
    end_at: datetime,
    spread_first_maintenance: bool = True,
) -> AutoschedPlant:
    r"""Return the plant, orders and lots in progress of an AutoSched folder.

    Reads ``tool.txt``, ``part.txt`` and its route files, ``order.txt`` and, if
    they are there, ``WIP.txt``, ``setup.txt``, ``setupgrp.txt``,
    ``downcal.txt``, ``pmcal.txt``, ``attach.txt`` and ``fromto.txt``:
    tab-separated text with a header.

    Parameters
    ----------
    folder
        Folder of the files.
    start_at, end_at
        Span in which lots start, aware; the files' instants are in the time
        zone of ``start_at``. Lots in progress must be seen at ``start_at``.
    spread_first_maintenance
        Whether the first maintenance of the k-th of n tools of a family is at
        k/n of the stated instant or count, instead of all at once.

    Returns
    -------
    AutoschedPlant
        A tool is a resource, a station family a work centre.

    Raises
    ------
    PlantFileError
        With all faults of all files: unknown columns, words, names, values.
    InputError
        If the folder is not one, or the span is empty or not aware.

    Examples
    --------
    >>> import tempfile
    >>> from datetime import UTC
    >>> files = {
    ...     "tool.txt": "STNFAM\tSTNQTY\nEtch\t2\n",
    ...     "part.txt": "PART\tROUTEFILE\tROUTE\nchip\troute.txt\tr\n",
    ...     "route.txt": "ROUTE\tSTEP\tSTNFAM\tPDIST\tPTIME\tPTIME2\tPTUNITS\tPTPER\n"
    ...     "r\t1\tEtch\tuniform\t30\t3\tmin\tper_lot\n",
    ...     "order.txt": "LOT\tPART\tPIECES\tSTART\tREPEAT\tRUNITS\tRPT#\n"
    ...     "L\tchip\t25\t01/01/18 00:00:00\t6\thr\t100\n",
    ... }
    >>> with tempfile.TemporaryDirectory() as name:
    ...     for file, text in files.items():
    ...         _ = (Path(name) / file).write_text(text)
    ...     found = read_autosched(
    ...         name,
    ...         start_at=datetime(2018, 1, 1, tzinfo=UTC),
    ...         end_at=datetime(2018, 1, 2, tzinfo=UTC),
    ...     )
    >>> [r.id for r in found.plant.resources], [o.id for o in found.orders]
    (['Etch_1', 'Etch_2'], ['L_1', 'L_2', 'L_3', 'L_4'])
    """
    zone = start_at.tzinfo
    if zone is None or end_at.tzinfo is None or end_at <= start_at:
        raise InputError(
            f"The span from {start_at} to {end_at} is not one; give two instants with a time "
            "zone, the second after the first."
        )
    faults: list[FileFault] = []
    files = read_files(Path(folder), faults=faults)
    _stop_at(faults)
    stations = to_stations(files.stations)
    times = to_setup_times(files.setups, files.setup_groups)
    if files.stations:
        check_setup_groups(stations, times, file=files.stations[0].file, faults=faults)
    downtimes = to_downtimes(
        files.breakdowns, files.maintenances, files.attachments, stations=stations
    )
    transports = to_transports(files.transports)
    routes = _routes(files.parts, files.routes, stations=stations)
    starts = to_starts(files.orders, parts=tuple(routes), zone=zone)
    wip = to_wip(files.wip, routes=routes, start_at=start_at)
    _check_names(starts, wip)
    steps_at: dict[str, list[RouteStep]] = {name: [] for name in stations}
    for s in (s for route in routes.values() for s in route):
        steps_at.get(s.station, []).append(s)
    cascades = {name: is_cascading(steps) for name, steps in steps_at.items()}
    for steps in steps_at.values():
        check_setup_times(steps)
        check_intervals(steps)
    _stop_at(faults)

    lots: list[Lot] = [*starts, *wip]
    pieces = _pieces(lots)
    lot_pieces = Counter([lot.pieces for lot in lots] or [1.0]).most_common(1)[0][0]
    options = {
        s.name: tuple(
            ResourceOption(resource=resource_name(s.name, n)) for n in range(1, s.count + 1)
        )
        for s in stations.values()
    }
    setups = {
        name: tuple(station_setups(stations[name], steps, times=times))
        for name, steps in steps_at.items()
    }
    plant = Plant(
        name=Path(folder).resolve().name,
        time_zone=zone.key if isinstance(zone, ZoneInfo) else "UTC",
        description="Read from AutoSched files.",
        work_centres=tuple(
            work_centre(s, ranks_setups=bool(setups[s.name]) and ranks_setups(s))
            for s in stations.values()
        ),
        resources=tuple(
            r
            for s in stations.values()
            for r in resources(
                s,
                breakdown=downtimes.breakdowns.get(s.name),
                is_cascading=cascades[s.name],
                has_setups=bool(setups[s.name]),
            )
        ),
        products=tuple(
            Product(id=row.text("PART"), description=row.text("PARTFAM")) for row in files.parts
        ),
        routings=tuple(
            Routing(
                product=part,
                steps=to_steps(
                    route,
                    pieces=pieces.get(part, lot_pieces),
                    stations=stations,
                    options=options,
                    transports=transports,
                ),
            )
            for part, route in routes.items()
        ),
        setups=tuple(p for found in setups.values() for p in found),
        maintenances=tuple(
            m
            for name, stops in downtimes.stops.items()
            for m in maintenances(
                stations[name],
                stops,
                lot_pieces=lot_pieces,
                spread_first=spread_first_maintenance,
            )
        ),
    )
    started = [order for s in starts for order in lots_started(s, start_at=start_at, end_at=end_at)]
    started.sort(key=lambda order: order.release_at or start_at)
    return AutoschedPlant(
        plant=plant,
        orders=(*map(wip_order, wip), *started),
        state=ShopState(at=start_at, lots=tuple(map(wip_state, wip))) if wip else None,
        assumptions=tuple(
            assumed(
                files,
                stations=stations,
                routes=routes,
                times=times,
                downtimes=downtimes,
                starts=starts,
                wip=wip,
                zone_name=plant.time_zone if isinstance(zone, ZoneInfo) else str(zone),
                spread_first_maintenance=spread_first_maintenance,
                lot_pieces=lot_pieces,
            )
        ),
    )


def _stop_at(faults: list[FileFault]) -> None:
    if faults:
        raise PlantFileError(faults)


def _routes(
    parts: list[Row], files: dict[str, list[Row]], *, stations: dict[str, Station]
) -> dict[str, list[RouteStep]]:
    """Return the route of each part; note parts that repeat or have no steps."""
    routes: dict[str, list[RouteStep]] = {}
    for row in parts:
        part, route = row.name("PART"), row.name("ROUTE")
        if part in routes:
            row.fault("PART", "the part stands in an earlier row already")
            continue
        rows = files.get(row.text("ROUTEFILE"), [])
        routes[part] = to_route(rows, route=route, stations=stations)
        if not routes[part]:
            near = tuple(dict.fromkeys(r.text("ROUTE") for r in rows))
            row.fault("ROUTE", f"'{row.text('ROUTEFILE')}' has no such route", near=near)
    return routes


def _check_names(starts: list[Starts], wip: list[WipLot]) -> None:
    """Note lots whose names repeat, also with the number that a repeating start adds."""
    taken: set[str] = set()
    lots: list[Lot] = [*starts, *wip]
    for lot in lots:
        if lot.name in taken:
            lot.row.fault("LOT", "another lot has this name")
        taken.add(lot.name)
    for series in starts:
        prefix = f"{series.name}_"
        for one in wip:
            number = one.name.removeprefix(prefix)
            if number != one.name and number.isdecimal() and int(number) <= series.count:
                one.row.fault("LOT", f"the repeating start '{series.name}' makes the same name")


def _pieces(lots: Sequence[Lot]) -> dict[str, float]:
    """Return the pieces of a lot by part, of the largest where they differ."""
    found: dict[str, float] = {}
    for lot in lots:
        found[lot.part] = max(found.get(lot.part, 0.0), lot.pieces)
    return found
