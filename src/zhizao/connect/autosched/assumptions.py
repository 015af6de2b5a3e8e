"""What had to be assumed to read an AutoSched folder as a plant, in words."""

from collections.abc import Iterator, Mapping, Sequence

from zhizao.connect.autosched.downtimes import Downtimes
from zhizao.connect.autosched.folder import Files
from zhizao.connect.autosched.lots import Lot, Starts, WipLot
from zhizao.connect.autosched.routes import RouteStep
from zhizao.connect.autosched.stations import SetupTimes, Station, ranks_setups


def assumed(
    files: Files,
    *,
    stations: Mapping[str, Station],
    routes: Mapping[str, Sequence[RouteStep]],
    times: SetupTimes,
    downtimes: Downtimes,
    starts: Sequence[Starts],
    wip: Sequence[WipLot],
    zone_name: str,
    spread_first_maintenance: bool,
    lot_pieces: float,
) -> Iterator[str]:
    """Yield a sentence for each thing that the files leave open or that is not used."""
    yield f"Instants have no time zone in the files; they are read as {zone_name}."
    yield "A uniform time is its mean plus or minus half its range (PTIME ± PTIME2)."
    yield "One random factor is drawn for a whole lot or batch, not for each piece."
    yield (
        "A lot's load and unload stand before and after its working time; the way between two "
        "stations comes before the queue and is drawn anew each time; none leads to the first step."
    )
    steps = [s for route in routes.values() for s in route]
    yield from _about_steps(steps, stations=stations, times=times)
    yield from _about_stations(stations)
    yield from _about_downtimes(
        downtimes, spread_first_maintenance=spread_first_maintenance, lot_pieces=lot_pieces
    )
    yield from _about_lots(starts, wip)
    for file, row in files.short_rows:
        yield f"{file}, row {row} is cut short; its missing last cells are read as empty."
    for file, column, why in files.unused:
        yield f"{file}, column '{column}' is not used: {why}."
    for file in files.unread:
        yield f"File '{file}' is not read: no other file asks for it."


def _about_steps(
    steps: Sequence[RouteStep], *, stations: Mapping[str, Station], times: SetupTimes
) -> Iterator[str]:
    if any(s.interval_min is not None for s in steps):
        yield (
            "Where an interval is given, the next lot may enter a tool that long after the last "
            "one entered (pieces × PartInterval, or BatchInterval), loading beside it; STNCAP is "
            "not needed then, since no interval is so short that more than STNCAP lots are inside."
        )
    if any(s.interval_min is not None and s.setup for s in steps):
        yield (
            "A tool with intervals is set up for a lot beside the one before it, and the interval "
            "counts from when the lot is chosen, its setup included (in the public testbed "
            "SEQ_ADDS_SETUP_DELAYS is N); the next lot may stand ready when the setup is over."
        )
    if any(s.batch_pieces for s in steps):
        yield (
            "A batch holds lots of one part and step (crit_sameroutestep); it begins with as many "
            "as wait, from BATCHMN to BATCHMX, and never waits for more than BATCHMN."
        )
    if any(s.rework_to is not None for s in steps):
        yield "Rework is drawn after each pass of a lot, with the same share each time."
    if any(s.returns_for is not None for s in steps):
        yield (
            "A lot returns to the tool of SVESTN at FORSTEP, and waits for it if it is down; a "
            "lot in progress whose first pass was before the snapshot may use any."
        )
    if any(s.limit_to is not None for s in steps):
        yield "Critical queue times are counted, not enforced; they run to the beginning of work."
    unordered = sorted(
        {s.station for s in steps if s.setup}
        & {n for n, s in stations.items() if "rank_RSETUP" in s.ranks and not ranks_setups(s)}
    )
    if unordered:
        yield (
            "rank_RSETUP orders the queue only where a tool holds several lots (STNCAP) or keeps "
            f"runs of a setup (rule_LSSU); not at {', '.join(unordered)}. In AutoSched's own "
            "report of the public testbed, tools that take one lot are set up as often as under "
            "first come, first served."
        )
    if any(s.setup for s in steps):
        yield "Tools begin without any setup; a change that no row gives a time takes none."
        yield "After a step without a setup, a tool has none; the next change is from none."
    if times.min_run_lots:
        yield (
            "After a change of setup, a tool under rule_LSSU takes MINRUN lots of it before it "
            "may change again; hot lots wait for that too."
        )


def _about_stations(stations: Mapping[str, Station]) -> Iterator[str]:
    if any("rank_CR" in s.ranks for s in stations.values()):
        yield (
            "rank_CR is the time to the due date over the nominal working time left, without "
            "ways, waits and setups."
        )
    if any(not s.wakes_least_setup for s in stations.values()):
        yield (
            "Without wake_LeastSetupTime, a lot takes the first idle tool of its family in the "
            "order of their numbers."
        )


def _about_downtimes(
    downtimes: Downtimes, *, spread_first_maintenance: bool, lot_pieces: float
) -> Iterator[str]:
    if downtimes.breakdowns:
        yield (
            "Breakdowns count by the calendar from the end of the last repair, stop the work at "
            "hand, and it goes on after the repair."
        )
    if downtimes.has_other_first:
        yield "First breakdowns are drawn as the later ones; FOA of breakdowns is not used."
    if not downtimes.stops:
        return
    yield "Planned maintenance waits for the lot at hand to end; no other lot is begun before it."
    yield (
        "mtbpm_by_cal counts from start to start; so its mean duration is taken off the hours "
        "from the end of one maintenance to the next."
    )
    yield (
        f"mtbpm_by_pieces is counted in lots of {lot_pieces:g} pieces, rounded to whole lots for "
        "each tool by itself."
    )
    yield (
        "The first maintenance of the k-th of n tools of a family is at k/n of FOA, since a "
        "family whose tools all stop at once is no plant's plan."
        if spread_first_maintenance
        else "The first maintenance of all tools of a family is due at FOA, at the same time."
    )


def _about_lots(starts: Sequence[Starts], wip: Sequence[WipLot]) -> Iterator[str]:
    if any(s.repeat_min for s in starts):
        yield "A repeating start keeps its distance from START to DUE; RPT# counts all its lots."
    lots: list[Lot] = [*starts, *wip]
    if any(lot.is_hot for lot in lots):
        yield "HOTLOT 'yes' (a tool is kept free for the lot) is not simulated; PRIOR is."
    if wip:
        yield (
            f"The {len(wip)} lots in progress wait in the queue of CURSTEP at the start; when "
            "they were released is not known and is not invented."
        )
