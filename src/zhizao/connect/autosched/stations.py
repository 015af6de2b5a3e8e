"""Station families: how many tools, how they are loaded, how their queue is ranked."""

from dataclasses import dataclass

from zhizao._base.errors import FileFault
from zhizao.connect.autosched.cells import Row

RULES = ("rule_HotLotFIRST", "rule_LSSU", "rule_FIRST")
RANKS = ("rank_HP", "rank_RSETUP", "rank_FIFO", "rank_CR")
WAKES = ("wake_LeastSetupTime",)
BATCH_CRITERIA = ("crit_sameroutestep",)

RUN_RULE = "rule_LSSU"
"""The rule under which a setup is kept for its minimum run."""


@dataclass(frozen=True, kw_only=True)
class Station:
    """A family of equal tools.

    ``capacity``: lots in a tool at the same time. ``ranks``: order of the
    queue, most important first. ``setup_group``: '' if none.
    """

    name: str
    count: int
    load_min: float
    unload_min: float
    capacity: int
    group: str
    location: str
    setup_group: str
    keeps_runs: bool
    ranks: tuple[str, ...]
    wakes_least_setup: bool
    is_batching: bool


def to_stations(rows: list[Row]) -> dict[str, Station]:
    """Return the station families by name."""
    stations: dict[str, Station] = {}
    for row in rows:
        name = row.name("STNFAM")
        if name in stations:
            row.fault("STNFAM", "the station family stands in an earlier row already")
        criterion = row.choice("BATCHCRITF", BATCH_CRITERIA)
        row.choice("BATCHPER", ("piece",))
        row.choice("PRERULERWL", ("no",))
        stations[name] = Station(
            name=name,
            count=row.count("STNQTY"),
            load_min=row.minutes("LTIME", "LTUNITS") or 0.0,
            unload_min=row.minutes("ULTIME", "ULTUNITS") or 0.0,
            capacity=row.count("STNCAP", default=1),
            group=row.text("STNGRP"),
            location=row.text("STNFAMLOC"),
            setup_group=row.text("SETUPGRP"),
            keeps_runs=row.choice("RULE", RULES) == RUN_RULE,
            ranks=_ranks(row),
            wakes_least_setup=bool(row.choice("WAKERESRANK", WAKES)),
            is_batching=bool(criterion),
        )
    return stations


def ranks_setups(station: Station) -> bool:
    """Return whether rank_RSETUP orders the queue of a family: where tools hold several lots.

    At tools that take one lot, AutoSched's own report of the public testbed
    shows as many setups as first come, first served does; at the others fewer.
    """
    return station.capacity > 1 or station.keeps_runs


def _ranks(row: Row) -> tuple[str, ...]:
    ranks = tuple(r for r in row.text("FWLRANK").split(";") if r)
    order = [RANKS.index(r) for r in ranks if r in RANKS]
    if len(order) < len(ranks) or order != sorted(set(order)) or {2, 3} <= set(order):
        row.fault(
            "FWLRANK",
            "expected rank_HP, rank_RSETUP and one of rank_FIFO and rank_CR in this order, "
            "each at most once, joined by ';'",
        )
        return ()
    return ranks


@dataclass(frozen=True, kw_only=True)
class SetupTimes:
    """Minutes by (from, to), from '' meaning any; minimum runs by (group, setup)."""

    minutes: dict[tuple[str, str], float]
    min_run_lots: dict[tuple[str, str], int]


def to_setup_times(setups: list[Row], groups: list[Row]) -> SetupTimes:
    """Return the setup times and the minimum runs of setup groups.

    A row of groups without a group belongs to the last one named.
    """
    minutes: dict[tuple[str, str], float] = {}
    for row in setups:
        pair = (row.text("CURSETUP"), row.name("NEWSETUP"))
        if pair in minutes:
            row.fault("NEWSETUP", "this pair of setups stands in an earlier row already")
        minutes[pair] = row.minutes("STIME", "STUNITS") or 0.0
    min_run_lots: dict[tuple[str, str], int] = {}
    group = ""
    for row in groups:
        group = row.text("SETUPGRP") or group
        if not group:
            row.fault("SETUPGRP", "expected a group here or in a row above")
        min_run_lots[group, row.name("SETUP")] = row.count("MINRUN", low=0)
    return SetupTimes(minutes=minutes, min_run_lots=min_run_lots)


def check_setup_groups(
    stations: dict[str, Station], times: SetupTimes, *, file: str, faults: list[FileFault]
) -> None:
    """Note stations whose setup group is nowhere defined."""
    known = {group for group, _ in times.min_run_lots}
    faults.extend(
        FileFault(
            file=file,
            column="SETUPGRP",
            value=s.setup_group,
            rule=f"station family '{s.name}' names a setup group that setupgrp.txt does not have",
        )
        for s in stations.values()
        if s.setup_group and s.setup_group not in known
    )
