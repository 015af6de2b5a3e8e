"""The columns of AutoSched files: which are read, which are not and why.

A column that is in neither list is a fault: it may carry a rule that would
otherwise be lost without a word.
"""

from dataclasses import dataclass, field

COMMENT = "a comment of the file's author"
LABEL = "a name only; nothing else refers to it"


@dataclass(frozen=True, kw_only=True)
class FileColumns:
    """What a kind of file may hold.

    ``needed``: read, must be there. ``known``: read if there. ``unread``:
    known, not used, with the reason.
    """

    needed: tuple[str, ...]
    known: tuple[str, ...] = ()
    unread: dict[str, str] = field(default_factory=dict)

    @property
    def all_names(self) -> tuple[str, ...]:
        """Every column that the kind of file may have."""
        return (*self.needed, *self.known, *self.unread)


STATIONS = FileColumns(
    needed=("STNFAM", "STNQTY"),
    known=(
        "RULE",
        "FWLRANK",
        "WAKERESRANK",
        "BATCHCRITF",
        "BATCHPER",
        "LTIME",
        "LTUNITS",
        "ULTIME",
        "ULTUNITS",
        "STNCAP",
        "STNGRP",
        "STNFAMLOC",
        "SETUPGRP",
        "PRERULERWL",
    ),
    unread={
        "STN": LABEL,
        "STNFAMSTEP_ACTLIST": "the order of actions at a station is always sample, transport, "
        "wait, set up, load, work, unload, rework",
        "IGNORE": COMMENT,
    },
)

PARTS = FileColumns(
    needed=("PART", "ROUTEFILE", "ROUTE"),
    known=("PARTFAM",),
    unread={"PARTGRP": LABEL, "IGNORE": COMMENT},
)

ROUTE = FileColumns(
    needed=("ROUTE", "STEP", "STNFAM", "PDIST", "PTIME", "PTIME2", "PTUNITS", "PTPER"),
    known=(
        "DESC",
        "BATCHMN",
        "BATCHMX",
        "SETUP",
        "WHEN",
        "STIME",
        "STUNITS",
        "SVESTN",
        "FORSTEP",
        "BatchInterval",
        "BatchIntUnits",
        "PartInterval",
        "PartIntUnits",
        "RWKSTEP",
        "REWORK",
        "RWKTYPE",
        "StepPercent",
        "STEP_CQT",
        "CQT",
        "CQTUNITS",
    ),
    unread={"IGNORE": COMMENT},
)

ORDERS = FileColumns(
    needed=("LOT", "PART", "PIECES", "START"),
    known=(
        "PRIOR",
        "RDIST",
        "REPEAT",
        "RUNITS",
        "RPT#",
        "LOTSPERRPT",
        "DUE",
        "HOTLOT",
    ),
    unread={"ORDER": LABEL, "IGNORE": COMMENT},
)

WIP = FileColumns(
    needed=("LOT", "PART", "PIECES", "START", "CURSTEP"),
    known=("PRIOR", "DUE", "HOTLOT"),
    unread={"ORDER": LABEL, "TRACE": "asks for a trace of the lot in a report", "IGNORE": COMMENT},
)

SETUPS = FileColumns(
    needed=("CURSETUP", "NEWSETUP", "STIME", "STUNITS"), unread={"IGNORE": COMMENT}
)

SETUP_GROUPS = FileColumns(needed=("SETUPGRP", "SETUP", "MINRUN"), unread={"IGNORE": COMMENT})

BREAKDOWNS = FileColumns(
    needed=(
        "DOWNCALNAME",
        "DOWNCALTYPE",
        "MTTFDIST",
        "MTTF",
        "MTTFUNITS",
        "MTTRDIST",
        "MTTR",
        "MTTRUNITS",
    ),
    known=("MTTF2", "MTTR2"),
    unread={"IGNORE": COMMENT},
)

MAINTENANCES = FileColumns(
    needed=("PMCALNAME", "PMCALTYPE", "MTBPM", "MTBPMUNITS", "MTTRDIST", "MTTR", "MTTRUNITS"),
    known=("MTTR2",),
    unread={"IGNORE": COMMENT},
)

ATTACHMENTS = FileColumns(
    needed=("CALNAME", "CALTYPE", "RESTYPE", "RESNAME"),
    known=("FOADIST", "FOA", "FOAUNITS"),
    unread={"IGNORE": COMMENT},
)

TRANSPORTS = FileColumns(
    needed=("FROMLOC", "TOLOC", "DDIST", "DTIME", "DUNITS"),
    known=("DTIME2",),
    unread={"IGNORE": COMMENT},
)
