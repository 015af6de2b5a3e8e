"""Numbers that stand for rules, kinds, bits and places in the tables of the event loop."""

from zhizao._base.compiled.kinds import constant

FIFO = 0
EDD = 1
SPT = 2
LPT = 3
SLACK = 4
PRIORITY = 5
SAME_SETUP = 6
CR = 7
ATC = 8
ATCS = 9
WEIGHTED = 10

# Bits of RESOURCE.special: what a resource needs beyond choosing one lot and working on it.
BATCHES = constant(1)
EXTRA_TIME = constant(2)
MAINTAINED = constant(4)
CASCADES = constant(8)
CONDITIONS = constant(16)
RULED = constant(32)
SEQUENCED = constant(64)
MIN_RUN = constant(128)
SETUP_CREW = constant(256)
LEAST_SETUP = constant(512)
METERED = constant(1024)
CREWED = constant(2048)
STREAMS = constant(4096)
FETCHES = constant(8192)
SETS_UP_BESIDE = constant(65536)
SHORT_STOPS = constant(16384)
HOT_FIRST = constant(32768)

# Bits of STEP.hook: what a lot that joins the step's queue, enters or ends it needs beyond that;
# HOOK_LISTED: the first idle slot of the options takes it. HOOK_CARRIED: it may wait for a carrier.
# HOOK_CARD: some work centre is capped.
HOOK_BATCH = constant(1)
HOOK_BUFFER = constant(2)
HOOK_JOIN = constant(3)
HOOK_ENTER = constant(4)
HOOK_END = constant(8)
HOOK_LISTED = constant(16)
HOOK_CARRIED = constant(32)
HOOK_CARD = constant(64)

RESUMES = 0
MUST_FIT = 1
WORKS_OVERTIME = 2

# What a slot that works stretch by stretch is at: SLOT.phase.
IN_SETUP = 1
AT_WORK = 2

COUNTS_HOURS = 0
COUNTS_BUSY_HOURS = 1
COUNTS_LOTS = 2

FAILS_NEVER = 0
FAILS_WHILE_BUSY = 1
FAILS_ALWAYS = 2

ENTERS_NEW = 0
ENTERS_DELAYED = 1
ENTERS_WAITING = 2
ENTERS_RUNNING = 3
ENTERS_SETUP = 4

NONE = constant(-1)
TAKEN = constant(-2)
BLOCKED = constant(-3)
ZERO = constant(0)

# Steps whose times are drawn at once.
N_AHEAD = constant(8)
NOT_DRAWN = constant(-8)

# A lot in progress: how many of its first steps are known, how often its numbers for optional ones
# are drawn anew, and by how many visits these lie apart.
N_PAST = constant(62)
MOST_REDRAWN = constant(256)
VISITS_APART = constant(4096)

ROW_RUN = constant(0)
ROW_SETUP = constant(1)
ROW_DOWN = constant(2)
ROW_MAINTENANCE = constant(3)

DONE = 0
OUT_OF_EVENTS = 1
OUT_OF_TRACE = 2
DEADLOCK = 3
OUT_OF_LOTS = 4

# Rows of Shop.counters. FIRST_UNUSED: a row of lots that is free; N_COME: orders of the demand.
# FREED_AT: 1 + the work centre at which people got free who look there first; 0: none.
# KEEPS_ROWS: 1 if a lot that left keeps its row, so that all times can be read at the end.
N_EVENTS = 0
STATUS = 1
N_JOINED = 2
N_WOKEN = 3
N_OPERATIONS = 4
N_TRACE = 5
CREW_EVENT = 6
CREW_FREED = 7
NEXT_WOKEN = 8
NEXT_JOINED = 9
CHOSEN = 10
N_VIOLATIONS = 11
NEW_BLOCKED = 12
N_VOID = 13
FIRST_UNUSED = 14
N_COME = 15
N_BROKEN = 16
N_SHORT = 17
STOCK_CHANGED = 18
HAS_BEGUN = 19
N_ENTERED = 20
KEEPS_ROWS = 21
CARRIERS_CHANGED = 22
N_PAUSED = 23
N_CARD_WAITS = 24
CARDS_CHANGED = 25
FREED_AT = 26
N_COUNTERS = 27

# Rows of Shop.tally: of the lots that left, or were in the plant at the end.
N_DONE = 0
N_LEAD = 1
LEAD_S = 2
N_DUE = 3
N_LATE = 4
TARDINESS_S = 5
PRESENT_S = 6
N_LOST = 7
N_TALLIES = 8

# Registers of Shop.meters, each of the integrals of 1, of the price, of the carbon factor.
N_MEASURES = 3
METER_AT_WORK = constant(0)
METER_SETUP = constant(3)
METER_BUSY = constant(6)
METER_OPEN_WORK = constant(9)
METER_DOWN = constant(12)
N_REGISTERS = 15

# Columns of Shop.carrier_tally.
OUT_S = constant(0)
N_PICKED_UP = constant(1)
CALL_S = constant(2)
N_CARRIER_TALLIES = 3

# What a lot does next at an instant.
STAYS = 0
ENTERS = 1
ARRIVES = 2
