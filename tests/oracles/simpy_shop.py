"""A slow, obvious shop in SimPy: what the twin's event loop must agree with.

Plain dicts in, plain dicts out; nothing from the package. All times are in
seconds and already drawn.

``resources``: list of ``{"name", "speed", "slots", "open": [(start, end), …] or None,
"rule", "centre", "family": initial family or None, "fails": None or ("busy" or
"calendar", seconds between failures, seconds of a repair), "listed": whether its work
centre gives a lot to the first idle resource of the step's options, "hot": whether higher
priorities go first there}``.

``lots``: list of ``{"release", "due", "priority", "family", "steps": [{"options":
[(resource name, speed), …], "work": seconds at speed 1, "choice": None or (share of the
lots that do it, its own random number, index of the step with which it comes or None, how
closely from -1 to 1)}, …]}``.

``setups``: ``{centre: {(from or None, to or None): seconds}}``; ``transports``:
``{(centre, centre): seconds}``.

Returns ``{"completion": [...], "starts": {(lot, step): (resource, start, end)}}``;
the start is that of the setup, if there is one.
"""

import heapq
import math

import simpy

AFTER_EVERYTHING_ELSE = 10


class Slot:
    def __init__(self, resource, index):
        self.resource = resource
        self.index = index
        self.family = resource["family"]
        self.lot = None
        self.worked_since_repair = 0.0
        self.idle_since = 0.0

    def next_opening(self, t):
        """Return the first instant from t on at which the slot is open."""
        if self.resource["open"] is None:
            return t
        for start, end in self.resource["open"]:
            if t < end:
                return max(t, start)
        return math.inf

    def closing(self, t):
        if self.resource["open"] is None:
            return math.inf
        return next(end for start, end in self.resource["open"] if start <= t < end)

    def repair(self, t):
        """Return (begin, end) of the repair by the clock that is going on at t or comes next."""
        fails = self.resource["fails"]
        if fails is None or fails[0] != "calendar":
            return math.inf, math.inf
        _, between, repair = fails
        begin = between
        while begin + repair <= t:
            begin += repair + between
        return begin, begin + repair

    def next_workable(self, t):
        while True:
            t = self.next_opening(t)
            if t == math.inf:
                return t
            begin, end = self.repair(t)
            if t < begin:
                return t
            t = end


class Shop:
    def __init__(self, resources, lots, setups, transports, until):
        self.environment = simpy.Environment()
        self.lots = lots
        self.setups = setups
        self.transports = transports
        self.centre = {}  # lot -> where it was worked on last
        self.until = until
        self.slots = []
        for resource in resources:
            for _ in range(resource["slots"]):
                self.slots.append(Slot(resource, len(self.slots)))
        self.by_name = {r["name"]: r for r in resources}
        self.waiting = {}  # lot -> (step, joined)
        self.freed, self.joined, self.opened = [], [], []
        self.dispatch_is_due = False
        self.completion = [math.nan] * len(lots)
        self.starts = {}
        for i in range(len(lots)):
            self.environment.process(self.release(i))
        for slot in self.slots:
            self.environment.process(self.watch(slot))
        self.environment.run(until=until + 1e-3)

    def at(self, time):
        """Return an event at an exact instant; now + (time - now) may miss it by a rounding."""
        event = simpy.Event(self.environment)
        event._ok, event._value = True, None
        entry = (time, simpy.events.NORMAL, next(self.environment._eid), event)
        heapq.heappush(self.environment._queue, entry)
        return event

    def watch(self, slot):
        """Note every instant at which the slot becomes workable."""
        t = 0.0
        while True:
            t = slot.next_workable(t)
            if t > self.until:
                return
            yield self.at(t)
            if t > 0.0:  # who is open at the start does not open
                self.opened.append(slot)
                self.ask_for_dispatch()
            stop = min(slot.closing(t), slot.repair(t)[0])
            if stop > self.until:
                return
            t = stop

    def release(self, lot):
        yield self.at(self.lots[lot]["release"])
        self.enter(lot, 0)

    def enter(self, lot, step):
        if step == len(self.lots[lot]["steps"]):
            self.completion[lot] = self.environment.now
            return
        choice = self.lots[lot]["steps"][step].get("choice")
        if choice is not None and self.number(lot, step) >= choice[0]:
            self.enter(lot, step + 1)
            return
        centres = self.centres(lot, step)
        way = self.way(lot, *centres) if len(centres) == 1 else 0.0
        if way > 0.0:
            self.environment.process(self.move(lot, step, way))
        else:
            self.join(lot, step)

    def number(self, lot, step):
        """Return the number below whose share a lot does a step: its own, or that of its partner."""
        _, own, partner, closeness = self.lots[lot]["steps"][step]["choice"]
        if partner is None:
            return own
        if own >= abs(closeness):
            return (own - abs(closeness)) / (1.0 - abs(closeness))
        other = self.number(lot, partner)
        return other if closeness > 0 else 1.0 - other

    def centres(self, lot, step):
        options = self.lots[lot]["steps"][step]["options"]
        return {self.by_name[name]["centre"] for name, _ in options}

    def way(self, lot, centre):
        return self.transports.get((self.centre.get(lot), centre), 0.0)

    def move(self, lot, step, way):
        yield self.at(self.environment.now + way)
        self.join(lot, step)

    def join(self, lot, step):
        self.waiting[lot] = (step, self.environment.now)
        self.joined.append(lot)
        self.ask_for_dispatch()

    def ask_for_dispatch(self):
        if not self.dispatch_is_due:
            self.dispatch_is_due = True
            event = simpy.Event(self.environment)
            event._ok, event._value = True, None
            event.callbacks.append(self.dispatch)
            self.environment.schedule(event, priority=AFTER_EVERYTHING_ELSE)

    def dispatch(self, _):
        self.dispatch_is_due = False
        t = self.environment.now
        by_index = lambda slot: slot.index  # noqa: E731
        woken = sorted(self.freed, key=by_index) + sorted(self.opened, key=by_index)
        joined, self.freed, self.opened, self.joined = sorted(self.joined), [], [], []
        for slot in woken:
            if slot.lot is None and slot.next_workable(t) == t:
                self.choose(slot)
        for lot in joined:
            while lot in self.waiting:
                idle = self.idle_slots(lot, t)
                if not idle or not self.choose(idle[0]):
                    break

    def idle_slots(self, lot, t):
        step, _ = self.waiting[lot]
        options = self.lots[lot]["steps"][step]["options"]
        # As the preferred resource's work centre says.
        is_listed = self.by_name[options[0][0]].get("listed", False)
        ranked = [
            ((), i, slot.index, slot)
            if is_listed
            else ((-slot.resource["speed"] * speed, slot.idle_since), i, slot.index, slot)
            for i, (name, speed) in enumerate(options)
            for slot in self.slots
            if slot.resource["name"] == name and slot.lot is None and slot.next_workable(t) == t
        ]
        return [slot for *_, slot in sorted(ranked, key=lambda found: found[:-1])]

    def choose(self, slot):
        name = slot.resource["name"]
        candidates = [
            lot
            for lot, (step, _) in self.waiting.items()
            if any(option == name for option, _ in self.lots[lot]["steps"][step]["options"])
        ]
        if not candidates:
            return False
        is_hot = slot.resource.get("hot", False)
        best = min(
            candidates,
            key=lambda lot: (
                -self.lots[lot]["priority"] if is_hot else 0,
                self.rank(slot, lot),
                self.waiting[lot][1],
                lot,
            ),
        )
        step, _ = self.waiting.pop(best)
        slot.lot = (best, step)
        self.environment.process(self.work(slot, best, step))
        return True

    def rank(self, slot, lot):
        one = self.lots[lot]
        step, _ = self.waiting[lot]
        rule = slot.resource["rule"]
        if rule == "edd":
            return one["due"]
        if rule == "spt":
            return one["steps"][step]["work"]
        if rule == "lpt":
            return -one["steps"][step]["work"]
        if rule == "priority":
            return -one["priority"]
        if rule == "slack":
            left = 0.0
            for s in one["steps"][step:]:
                resource, speed = s["options"][0]
                left += s["work"] / (self.by_name[resource]["speed"] * speed)
            return one["due"] - left
        if rule == "same_setup":
            if slot.family == one["family"]:
                return -1.0
            return self.setup_time(slot, one["family"])
        return 0.0

    def setup_time(self, slot, to):
        table = self.setups.get(slot.resource["centre"], {})
        if slot.family == to:
            return table.get((to, to), 0.0) if to is not None else 0.0
        for pair in ((slot.family, to), (None, to), (slot.family, None), (None, None)):
            if pair in table:
                return table[pair]
        return 0.0

    def work(self, slot, lot, step):
        start = self.environment.now
        one = self.lots[lot]
        setup = self.setup_time(slot, one["family"])
        slot.family = one["family"]
        centre = slot.resource["centre"]
        if len(self.centres(lot, step)) > 1 and self.way(lot, centre) > 0.0:
            # The way depends on who takes the lot: it is brought there, and the slot waits.
            yield self.at(start + self.way(lot, centre))
        self.centre[lot] = centre
        speed = next(
            s for name, s in one["steps"][step]["options"] if name == slot.resource["name"]
        )
        for work in (setup, one["steps"][step]["work"] / (speed * slot.resource["speed"])):
            yield from self.work_off(slot, work)
        end = self.environment.now
        self.starts[lot, step] = (slot.resource["name"], start, end)
        slot.lot = None
        slot.idle_since = self.environment.now
        self.freed.append(slot)
        self.enter(lot, step + 1)
        self.ask_for_dispatch()

    def work_off(self, slot, work):
        """Work piece by piece: to a closing, to a failure, to the end."""
        fails = slot.resource["fails"]
        while work > 0.0:
            t = self.environment.now
            begin = slot.next_workable(t)
            if begin == math.inf:
                yield self.environment.event()
            if begin > t:
                yield self.at(begin)
                t = begin
            stop = min(slot.closing(t), slot.repair(t)[0])
            to_failure = math.inf
            if fails is not None and fails[0] == "busy":
                to_failure = fails[1] - slot.worked_since_repair
            if work <= to_failure and t + work <= stop:
                yield self.at(t + work)
                slot.worked_since_repair += work
                return
            if to_failure < work and t + to_failure <= stop:
                yield self.at(t + to_failure)
                work -= to_failure
                slot.worked_since_repair = 0.0
                yield self.environment.timeout(fails[2])
                continue
            yield self.at(stop)
            slot.worked_since_repair += stop - t
            work -= stop - t


def run_shop(resources, lots, *, setups=None, transports=None, until):
    """Return completions (nan where not done by ``until``) and starts of operations."""
    shop = Shop(resources, lots, setups or {}, transports or {}, until)
    return {"completion": shop.completion, "starts": shop.starts}
