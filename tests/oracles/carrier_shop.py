"""A slow, obvious shop in SimPy whose lots wait for carriers.

Plain values in, plain dicts out; nothing from the package. Seconds, all drawn already.

``lots``: list of ``{"release", "priority", "steps": [(machine, seconds of work, seconds of
delay), …]}``. ``areas``: where each machine stands. ``ways``: ``{(area, area): (seconds,
group or None)}``. ``groups``: list of ``(carriers, speed)``. Machines work first come, first
served; carriers fetch by priority, then who called first, then the lot's number.

Returns ``{"completion": [...], "waited": [...], "out": [...]}``: seconds that each lot waited
to be picked up, and seconds that the carriers of each group were on trips, until ``until``.
"""

import heapq
import math

import simpy

CARRIERS_LOOK = 10
MACHINES_LOOK = 20


class Vehicle:
    def __init__(self, speed):
        self.speed = speed
        self.area = None
        self.is_out = False


class Shop:
    def __init__(self, lots, areas, ways, groups, until):
        self.environment = simpy.Environment()
        self.lots, self.areas, self.ways, self.until = lots, areas, ways, until
        self.vehicles = [[Vehicle(speed) for _ in range(n)] for n, speed in groups]
        self.calls = [[] for _ in groups]
        self.queues = {area: [] for area in range(len(areas))}
        self.is_busy = dict.fromkeys(self.queues, False)
        self.completion = [math.nan] * len(lots)
        self.waited = [0.0] * len(lots)
        self.out = [0.0] * len(groups)
        for i in range(len(lots)):
            self.environment.process(self.go(i))
        self.environment.run(until=until + 1e-3)
        for calls in self.calls:
            for _, called, lot, *_ in calls:
                self.waited[lot] += until - called

    def at(self, time):
        event = simpy.Event(self.environment)
        event._ok, event._value = True, None
        entry = (time, simpy.events.NORMAL, next(self.environment._eid), event)
        heapq.heappush(self.environment._queue, entry)
        return event

    def later(self, what, priority):
        """Call something at the end of this instant."""
        event = simpy.Event(self.environment)
        event._ok, event._value = True, None
        event.callbacks.append(lambda _: what())
        self.environment.schedule(event, priority=priority)

    def go(self, lot):
        yield self.at(self.lots[lot]["release"])
        here = None
        for machine, work, delay in self.lots[lot]["steps"]:
            seconds, group = self.ways.get((here, self.areas[machine]), (0.0, None))
            if here is not None and group is not None:
                brought = self.environment.event()
                called = self.environment.now
                self.calls[group].append(
                    (-self.lots[lot]["priority"], called, lot, here, self.areas[machine], brought)
                )
                self.later(lambda group=group: self.fetch(group), CARRIERS_LOOK)
                yield brought
            elif here is not None and seconds > 0.0:
                yield self.at(self.environment.now + seconds)
            if delay > 0.0:
                yield self.at(self.environment.now + delay)
            start = self.environment.event()
            self.queues[machine].append((self.environment.now, lot, start))
            self.later(lambda machine=machine: self.begin(machine), MACHINES_LOOK)
            yield start
            here = self.areas[machine]
            yield self.at(self.environment.now + work)
            self.is_busy[machine] = False
            self.later(lambda machine=machine: self.begin(machine), MACHINES_LOOK)
        self.completion[lot] = self.environment.now

    def begin(self, machine):
        if self.queues[machine] and not self.is_busy[machine]:
            self.queues[machine].sort(key=lambda entry: entry[:2])
            self.is_busy[machine] = True
            self.queues[machine].pop(0)[2].succeed()

    def empty(self, vehicle, area):
        if vehicle.area is None or vehicle.area == area:
            return 0.0
        way = self.ways.get((vehicle.area, area)) or self.ways.get((area, vehicle.area))
        return way[0] / vehicle.speed if way else 0.0

    def fetch(self, group):
        self.calls[group].sort(key=lambda call: call[:3])
        while self.calls[group]:
            free = [v for v in self.vehicles[group] if not v.is_out]
            if not free:
                return
            _, called, lot, here, there, brought = self.calls[group].pop(0)
            vehicle = min(free, key=lambda v: self.empty(v, here))
            vehicle.is_out = True
            self.environment.process(self.trip(vehicle, group, lot, called, here, there, brought))

    def trip(self, vehicle, group, lot, called, here, there, brought):
        now = self.environment.now
        picked_up = now + self.empty(vehicle, here)
        end = picked_up + self.ways[here, there][0] / vehicle.speed
        vehicle.area = there
        self.waited[lot] += min(picked_up, self.until) - called
        self.out[group] += min(end, self.until) - now
        yield self.at(end)
        vehicle.is_out = False
        self.later(lambda: self.fetch(group), CARRIERS_LOOK)
        brought.succeed()


def run_carrier_shop(lots, areas, ways, groups, *, until):
    shop = Shop(lots, areas, ways, groups, until)
    return {"completion": shop.completion, "waited": shop.waited, "out": shop.out}
