"""A slow, obvious shop in SimPy whose people go home, whatever they are at.

Plain values in, plain dicts out; nothing from the package. Seconds, all drawn already.

``machines``: list of ``{"open": [(start, end), …] or None, "fails": None or ("busy" or
"calendar", seconds between failures, seconds of a repair), "setup": seconds before each lot,
"setup_skill": skill or None}``. ``people``: list of ``{"skills", "count", "open"}``. ``lots``:
list of ``{"release", "steps": [(machine, seconds, [skills], what), …]}``; ``what`` is "resume",
"must_fit" or "overtime". Repairs need nobody. First come, first served, work that pauses ahead
of all that has not begun. Machines that got free or opened look for work first (all of them,
where a person got free or came), then lots that came look for their machine.

Work is followed from one instant at which anything may change to the next. Returns completions
(nan where not done by ``until``) and the seconds that each machine worked.
"""

import math

LAST = math.inf


def is_open(spans, t):
    return spans is None or any(start <= t < end for start, end in spans)


def closing(spans, t):
    if spans is None:
        return LAST
    return next((end for start, end in spans if start <= t < end), t)


def next_change(spans, t):
    """Return the first instant after t at which spans begin or end."""
    return min((x for span in spans or () for x in span if x > t), default=LAST)


def end_of_work(spans, t, work):
    for start, end in spans if spans is not None else [(0.0, LAST)]:
        begin = max(start, t)
        if begin < end:
            if work <= end - begin:
                return begin + work
            work -= end - begin
    return LAST


def longest_together(people, machine):
    """Return the longest open time of a machine in one span of some people."""
    if people is None:
        return LAST
    spans = [(0.0, LAST)] if machine is None else machine
    return max(
        (sum(max(0.0, min(b, d) - max(a, c)) for c, d in spans) for a, b in people),
        default=0.0,
    )


class Machine:
    def __init__(self, plain):
        self.plain = plain
        self.queue = []
        self.lot = self.step = None
        self.crew, self.setter = [], None
        self.left = self.setup_left = 0.0
        self.is_paused = False
        self.down_until = None
        self.worked = 0.0
        fails = plain["fails"]
        self.to_failure = fails[1] if fails else LAST


class Shop:
    def __init__(self, machines, people, lots, until):
        self.machines = [Machine(m) for m in machines]
        self.people, self.lots, self.until = people, lots, until
        self.free = [p["count"] for p in people]
        self.completion = [math.nan] * len(lots)
        self.paused, self.woken, self.joined, self.people_changed = [], [], [], False
        self.t = 0.0
        self.to_come = sorted(range(len(lots)), key=lambda i: (lots[i]["release"], i))
        while self.t <= until:
            self.note()
            self.begin()
            then = self.next_instant()
            self.work(then)
            self.t = then

    def next_instant(self):
        """Return the next instant at which anything may change."""
        found = [next_change(p["open"], self.t) for p in self.people]
        if self.to_come:
            found.append(self.lots[self.to_come[0]]["release"])
        for m in self.machines:
            found.append(next_change(m.plain["open"], self.t))
            by_clock = m.plain["fails"] and m.plain["fails"][0] == "calendar"
            if m.down_until is not None:
                found.append(m.down_until)
            elif by_clock:
                found.append(m.to_failure)
            if self.is_at_work(m):
                found.append(self.t + (m.setup_left if m.setup_left > 0.0 else m.left))
                if m.plain["fails"] and not by_clock:
                    found.append(self.t + m.to_failure)
        later = [x for x in found if x > self.t]
        return min(later, default=LAST)

    def is_at_work(self, m):
        return (
            m.lot is not None
            and not m.is_paused
            and m.down_until is None
            and is_open(m.plain["open"], self.t)
        )

    def work(self, then):
        for m in self.machines:
            if not self.is_at_work(m):
                continue
            done = min(then, self.until) - self.t
            if m.setup_left > 0.0:
                m.setup_left = 0.0 if then == self.t + m.setup_left else m.setup_left - done
            else:
                m.left = 0.0 if then == self.t + m.left else m.left - done
            if m.plain["fails"] and m.plain["fails"][0] == "busy":
                m.to_failure = 0.0 if then == self.t + m.to_failure else m.to_failure - done
            m.worked += done

    def what(self, m):
        return self.lots[m.lot]["steps"][m.step][3]

    def note(self):
        """Note what happens at this instant, before anything begins."""
        self.woken, self.joined = [], []
        self.people_changed = self.t in {a for p in self.people for a, _ in p["open"] or ()}
        for m in self.machines:
            if self.t in {a for a, _ in m.plain["open"] or ()}:
                self.woken.append(m)
            if m.setter is not None and m.setup_left <= 0.0:
                self.free[m.setter] += 1
                m.setter, self.people_changed = None, True
            if m.lot is not None and m.left <= 0.0 and m.setup_left <= 0.0 and not m.is_paused:
                for person in m.crew:
                    self.free[person] += 1
                self.people_changed |= bool(m.crew)
                lot, step, m.lot, m.crew = m.lot, m.step, None, []
                self.woken.append(m)
                self.enter(lot, step + 1)
        while self.to_come and self.lots[self.to_come[0]]["release"] <= self.t:
            self.enter(self.to_come.pop(0), 0)
        self.note_failures()
        self.note_leaving()

    def note_failures(self):
        for m in self.machines:
            fails = m.plain["fails"]
            if m.down_until is not None and m.down_until <= self.t:
                m.down_until = None
                self.woken.append(m)
                m.to_failure = fails[1] + (self.t if fails[0] == "calendar" else 0.0)
            if fails and m.down_until is None:
                is_due = m.to_failure <= (self.t if fails[0] == "calendar" else 0.0)
                if is_due and (fails[0] == "calendar" or m.lot is not None):
                    m.down_until = self.t + fails[2]

    def note_leaving(self):
        for m in self.machines:
            if m.lot is None or m.is_paused or self.what(m) != "resume":
                continue
            here = [*m.crew, *([] if m.setter is None else [m.setter])]
            if not all(is_open(self.people[p]["open"], self.t) for p in here):
                for person in here:
                    self.free[person] += 1
                m.crew, m.setter, m.is_paused, self.people_changed = [], None, True, True
                self.paused.append(m)

    def enter(self, lot, step):
        if step == len(self.lots[lot]["steps"]):
            self.completion[lot] = self.t
            return
        machine = self.machines[self.lots[lot]["steps"][step][0]]
        machine.queue.append((self.t, lot, step))
        self.joined.append((lot, machine))

    def take(self, m, lot, step, skills, *, needs_setter, stays=None):
        """Take people, all or nobody; ``stays``: how long crew and setter must be there."""
        taken = []
        wanted = [*skills, *([m.plain["setup_skill"]] if needs_setter else [])]
        for i, skill in enumerate(wanted):
            work = None
            if stays is not None:
                work = stays[1] if i == len(skills) else stays[0]
            able = [
                (len(p["skills"]), n)
                for n, p in enumerate(self.people)
                if skill in p["skills"]
                and self.free[n] > 0
                and is_open(p["open"], self.t)
                and (
                    work is None
                    or closing(p["open"], self.t) >= end_of_work(m.plain["open"], self.t, work)
                    or work > longest_together(p["open"], m.plain["open"])
                )
            ]
            if not able:
                for person in taken:
                    self.free[person] += 1
                return False
            taken.append(min(able)[1])
            self.free[taken[-1]] -= 1
        m.crew = taken[: len(skills)]
        m.setter = taken[-1] if needs_setter else None
        return True

    def begin(self):
        for m in list(self.paused):
            _, _, skills, _ = self.lots[m.lot]["steps"][m.step]
            needs_setter = m.setup_left > 0.0 and m.plain["setup_skill"] is not None
            if m.down_until is not None or not is_open(m.plain["open"], self.t):
                continue
            if self.take(m, m.lot, m.step, skills, needs_setter=needs_setter):
                m.is_paused = False
                self.paused.remove(m)
        woken = [m for m in self.machines if self.people_changed or m in self.woken]
        for m in [*woken, *(m for _, m in sorted(self.joined, key=lambda entry: entry[0]))]:
            if (
                m.lot is not None
                or m.down_until is not None
                or not is_open(m.plain["open"], self.t)
            ):
                continue
            m.queue.sort()
            for entry in m.queue:
                _, lot, step = entry
                _, seconds, skills, what = self.lots[lot]["steps"][step]
                setup = m.plain["setup"]
                needs_setter = setup > 0.0 and m.plain["setup_skill"] is not None
                stays = (setup + seconds, setup) if what == "must_fit" else None
                if self.take(m, lot, step, skills, needs_setter=needs_setter, stays=stays):
                    m.queue.remove(entry)
                    m.lot, m.step, m.left, m.setup_left = lot, step, seconds, setup
                    break


def run_shift_shop(machines, people, lots, *, until):
    shop = Shop(machines, people, lots, until)
    return {"completion": shop.completion, "worked": [m.worked for m in shop.machines]}
