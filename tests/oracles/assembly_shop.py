"""A slow, obvious shop in SimPy in which lots wait for what goes into them.

Plain dicts in, plain dicts out; nothing from the package. Seconds.

``machines``: number of machines, each first come, first served. ``items``: ``{name:
{"stock", "point": None or pieces, "order": pieces, "lead": seconds}}``. ``lots``: list of
``{"release", "pieces", "gives": item or None, "steps": [{"machine", "work": seconds,
"needs": {item: pieces}, "outputs": {item: pieces}}, …]}``. A lot takes all that its
step needs at once; who asked first is looked at first. Returns completions (nan
where not done) and the seconds that each lot waited for material.
"""

import math

import simpy

LATE, LATER = 10, 11


class Machine:
    """First come, first served; who comes at the same instant is in the order of numbers."""

    def __init__(self, environment):
        self.environment = environment
        self.queue = []
        self.is_busy = False

    def turn(self, lot):
        event = self.environment.event()
        self.queue.append((self.environment.now, lot, event))
        self.look()
        return event

    def leave(self):
        self.is_busy = False
        self.look()

    def look(self):
        event = simpy.Event(self.environment)
        event._ok, event._value = True, None
        event.callbacks.append(self.start)
        self.environment.schedule(event, priority=LATER)

    def start(self, _):
        if self.queue and not self.is_busy:
            first = min(self.queue, key=lambda entry: entry[:2])
            self.queue.remove(first)
            self.is_busy = True
            first[2].succeed()


class Shop:
    def __init__(self, machines, items, lots, until):
        self.environment = simpy.Environment()
        self.machines = [Machine(self.environment) for _ in range(machines)]
        self.items = items
        self.stock = {name: item["stock"] for name, item in items.items()}
        self.coming = dict.fromkeys(items, 0.0)
        self.waiting = []
        self.lots = lots
        self.completion = [math.nan] * len(lots)
        self.waited = [0.0] * len(lots)
        self.is_due = False
        self.serve_soon()
        for i in range(len(lots)):
            self.environment.process(self.live(i))
        self.environment.run(until=until + 1e-3)
        for lot, since, _, _ in self.waiting:
            self.waited[lot] += until - since

    def serve_soon(self):
        if not self.is_due:
            self.is_due = True
            event = simpy.Event(self.environment)
            event._ok, event._value = True, None
            event.callbacks.append(self.serve)
            self.environment.schedule(event, priority=LATE)

    def serve(self, _):
        self.is_due = False
        for name, item in self.items.items():
            if item["point"] is None:
                continue
            while self.position(name) <= item["point"]:
                self.coming[name] += item["order"]
                self.environment.process(self.deliver(name))
        for entry in list(self.waiting):
            lot, since, needs, event = entry
            if all(self.stock[name] >= pieces * (1 - 1e-9) for name, pieces in needs.items()):
                for name, pieces in needs.items():
                    self.stock[name] -= pieces
                self.waiting.remove(entry)
                self.waited[lot] += self.environment.now - since
                event.succeed()

    def position(self, name):
        asked = sum(needs.get(name, 0.0) for _, _, needs, _ in self.waiting)
        return self.stock[name] + self.coming[name] - asked

    def deliver(self, name):
        yield self.environment.timeout(self.items[name]["lead"])
        self.coming[name] -= self.items[name]["order"]
        self.stock[name] += self.items[name]["order"]
        self.serve_soon()

    def live(self, lot):
        one = self.lots[lot]
        yield self.environment.timeout(one["release"])
        for step in one["steps"]:
            if step["needs"]:
                event = self.environment.event()
                needs = {name: each * one["pieces"] for name, each in step["needs"].items()}
                self.waiting.append((lot, self.environment.now, needs, event))
                self.serve_soon()
                yield event
            yield self.machines[step["machine"]].turn(lot)
            yield self.environment.timeout(step["work"])
            self.machines[step["machine"]].leave()
            for name, each in step["outputs"].items():
                self.stock[name] += each * one["pieces"]
                self.serve_soon()
        self.completion[lot] = self.environment.now
        if one["gives"]:
            self.stock[one["gives"]] += one["pieces"]
            self.serve_soon()


def run_assembly_shop(machines, items, lots, *, until):
    """Return completions and waits for material."""
    shop = Shop(machines, items, lots, until)
    return shop.completion, shop.waited
