"""A slow, obvious shop in SimPy whose repairs wait for people.

Plain dicts in, plain dicts out; nothing from the package. Seconds, all drawn
already.

``machines``: list of ``{"open": [(start, end), …] or None, "fails": ("busy" or
"calendar", seconds between failures, seconds of a repair), "skill": of a repair,
"setup": seconds before each lot, "setup_skill": skill or None}``. ``people``: list of
``{"skills", "count", "open"}``. ``lots``: list of ``{"release", "steps": [(machine,
seconds, skill or None), …]}``. First come, first served; repairs before all
other wants of people. Returns completions (nan where not done).
"""

import heapq
import math

import simpy

LATE = 10


def next_opening(spans, t):
    if spans is None:
        return t
    return next((max(t, start) for start, end in spans if t < end), math.inf)


def closing(spans, t):
    if spans is None:
        return math.inf
    return next(end for start, end in spans if start <= t < end)


class Machine:
    def __init__(self, number, plain, environment):
        self.number = number
        self.plain = plain
        self.environment = environment
        self.queue = []
        self.lot = None
        self.helpers = []
        self.is_down = False
        self.to_failure = plain["fails"][1]
        self.broke = environment.event()
        self.repaired = environment.event()


class Shop:
    def __init__(self, machines, people, lots, until):
        self.environment = simpy.Environment()
        self.machines = [Machine(i, m, self.environment) for i, m in enumerate(machines)]
        self.people = people
        self.free = [p["count"] for p in people]
        self.lots = lots
        self.until = until
        self.broken = []
        self.completion = [math.nan] * len(lots)
        self.is_due = False
        self.woken, self.joined, self.people_changed = [], [], False
        for i in range(len(lots)):
            self.environment.process(self.release(i))
        for machine in self.machines:
            if machine.plain["fails"][0] == "calendar":
                self.environment.process(self.break_by_the_clock(machine))
            self.environment.process(self.open_up(machine.plain["open"], machine))
        for person in people:
            self.environment.process(self.open_up(person["open"], None))
        self.environment.run(until=until + 1e-3)

    def at(self, time):
        event = simpy.Event(self.environment)
        event._ok, event._value = True, None
        entry = (time, simpy.events.NORMAL, next(self.environment._eid), event)
        heapq.heappush(self.environment._queue, entry)
        return event

    def open_up(self, spans, machine):
        """Let a machine look again at each opening; all of them, when a person comes."""
        for start, _ in spans or ():
            if start > self.environment.now:
                yield self.at(start)
                if machine is None:
                    self.people_changed = True
                else:
                    self.woken.append(machine)
                self.look()

    def release(self, lot):
        yield self.at(self.lots[lot]["release"])
        self.enter(lot, 0)

    def enter(self, lot, step):
        if step == len(self.lots[lot]["steps"]):
            self.completion[lot] = self.environment.now
            return
        machine = self.machines[self.lots[lot]["steps"][step][0]]
        machine.queue.append((self.environment.now, lot, step))
        self.joined.append((lot, machine.number))
        self.look()

    def look(self):
        """See at the end of this instant what can begin."""
        if not self.is_due:
            self.is_due = True
            event = simpy.Event(self.environment)
            event._ok, event._value = True, None
            event.callbacks.append(self.begin_all)
            self.environment.schedule(event, priority=LATE)

    def begin_all(self, _):
        self.is_due = False
        t = self.environment.now
        for machine in list(self.broken):
            skill = machine.plain["skill"]
            if any(skill in self.people[p]["skills"] for p in machine.helpers):
                person = None
            else:
                person = self.person(skill, t)
                if person is None:
                    continue
                self.free[person] -= 1
            self.broken.remove(machine)
            self.environment.process(self.repair(machine, person))
        woken = self.machines if self.people_changed else sorted(self.woken, key=lambda m: m.number)
        joined, self.joined, self.woken, self.people_changed = self.joined, [], [], False
        for machine in [*woken, *(self.machines[number] for _, number in sorted(joined))]:
            is_idle = machine.lot is None and not machine.is_down
            if is_idle and machine.queue and next_opening(machine.plain["open"], t) == t:
                self.start(machine, t)

    def start(self, machine, t):
        machine.queue.sort()
        for entry in machine.queue:
            _, lot, step = entry
            skill = self.lots[lot]["steps"][step][2]
            setup_skill = machine.plain["setup_skill"] if machine.plain["setup"] > 0 else None
            taken = []
            for wanted in (skill, setup_skill):
                person = None if wanted is None else self.person(wanted, t)
                if wanted is not None and person is None:
                    break
                taken.append(person)
                if person is not None:
                    self.free[person] -= 1
            else:
                machine.queue.remove(entry)
                machine.lot = lot
                self.environment.process(self.work(machine, lot, step, *taken))
                return
            for person in taken:
                if person is not None:
                    self.free[person] += 1

    def person(self, skill, t):
        """Return the most specialised free person on shift with a skill."""
        able = [
            (len(p["skills"]), i)
            for i, p in enumerate(self.people)
            if skill in p["skills"] and self.free[i] > 0 and next_opening(p["open"], t) == t
        ]
        return min(able)[1] if able else None

    def set_free(self, person):
        if person is not None:
            self.free[person] += 1
            self.people_changed = True

    def repair(self, machine, person):
        yield self.at(self.environment.now + machine.plain["fails"][2])
        self.set_free(person)
        machine.is_down = False
        machine.to_failure = machine.plain["fails"][1]
        machine.broke = self.environment.event()
        event, machine.repaired = machine.repaired, self.environment.event()
        event.succeed()
        if machine.plain["fails"][0] == "calendar":
            self.environment.process(self.break_by_the_clock(machine))
        self.woken.append(machine)
        self.look()

    def break_by_the_clock(self, machine):
        yield self.at(self.environment.now + machine.plain["fails"][1])
        self.break_down(machine)

    def break_down(self, machine):
        machine.is_down = True
        self.broken.append(machine)
        if not machine.broke.triggered:
            machine.broke.succeed()
        self.look()

    def work(self, machine, lot, step, worker, setter):
        machine.helpers = [p for p in (worker, setter) if p is not None]
        if machine.plain["setup"] > 0:
            yield from self.work_off(machine, machine.plain["setup"])
            self.set_free(setter)
            machine.helpers = [p for p in (worker,) if p is not None]
            self.look()
        yield from self.work_off(machine, self.lots[lot]["steps"][step][1])
        self.set_free(worker)
        machine.helpers = []
        machine.lot = None
        self.woken.append(machine)
        self.enter(lot, step + 1)
        self.look()

    def work_off(self, machine, work):
        spans = machine.plain["open"]
        by_work = machine.plain["fails"][0] == "busy"
        while work > 0.0:
            if machine.is_down:
                yield machine.repaired
                continue
            t = self.environment.now
            begin = next_opening(spans, t)
            if begin == math.inf:
                yield self.environment.event()
            if begin > t:
                yield self.at(begin) | machine.broke
                continue
            stop = min(closing(spans, t), t + work)
            fails = by_work and machine.to_failure < work and t + machine.to_failure <= stop
            if fails:
                stop = t + machine.to_failure
            ends = stop == t + work and not fails
            yield self.at(stop) | machine.broke
            done = self.environment.now - t
            if by_work:
                machine.to_failure -= done
            if ends and self.environment.now == stop:
                return
            work -= done
            if fails and not machine.is_down:
                self.break_down(machine)


def run_crewed_shop(machines, people, lots, *, until):
    """Return the completion of each lot."""
    return Shop(machines, people, lots, until).completion
