"""Generator, shapes, calendars and heap of the twin's kernels."""

import heapq
import math

import numpy as np
import pytest
from scipy import stats

from zhizao.model.plant import Spread
from zhizao.twin.kernels.calendar import next_open, open_between, work_end
from zhizao.twin.kernels.draws import normal_quantile, philox4x32, pieces_lost, uniform
from zhizao.twin.kernels.heap import (
    drop_first_event,
    next_time,
    push_event,
    replace_first_event,
)
from zhizao.twin.kernels.shapes import factor_at, rest_of, survival_of
from zhizao.twin.kernels.tables import EVENT
from zhizao.twin.tables.people_tables import calendar_tables
from zhizao.twin.tables.shape_tables import ShapeTables

# Random123, kat_vectors: philox4x32 10 rounds; counter, key, result.
KNOWN_ANSWERS = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@pytest.mark.parametrize(("counter", "key", "words"), KNOWN_ANSWERS)
def test_philox_gives_the_published_words(counter, key, words):
    assert tuple(int(w) for w in philox4x32(*map(np.uint64, (*counter, *key)))) == words


def draws(n, *, key=1, number=0):
    return np.array([uniform(np.uint64(key), np.uint64(i), number, 0, 4) for i in range(n)])


def test_uniform_draws_are_uniform_and_independent_of_neighbouring_keys():
    a, b = draws(20_000), draws(20_000, number=1)
    assert stats.kstest(a, "uniform").pvalue > 1e-3
    # Standard error of a correlation of independent draws: 1 / √n.
    assert abs(np.corrcoef(a, b)[0, 1]) < 4 / math.sqrt(20_000)
    assert abs(np.corrcoef(a[1:], a[:-1])[0, 1]) < 4 / math.sqrt(20_000)
    assert 0.0 < a.min() < a.max() < 1.0


def test_every_part_of_a_key_changes_the_draw():
    base = (np.uint64(7), np.uint64(11), 13, 1, 4)
    variants = [
        (np.uint64(8), np.uint64(11), 13, 1, 4),
        (np.uint64(7), np.uint64(11 + 2**40), 13, 1, 4),
        (np.uint64(7), np.uint64(11), 14, 1, 4),
        (np.uint64(7), np.uint64(11), 13, 2, 4),
        (np.uint64(7), np.uint64(11), 13, 1, 5),
    ]
    assert len({uniform(*base), *(uniform(*v) for v in variants)}) == 6


@pytest.mark.parametrize("p", [1e-300, 1e-20, 1e-5, 0.07, 0.2, 0.5, 0.6, 0.95, 1 - 1e-9])
def test_normal_quantile_agrees_with_scipy(p):
    assert normal_quantile(p) == pytest.approx(stats.norm.ppf(p), rel=2e-14, abs=1e-15)


SPREADS = {
    "exponential": (Spread(distribution="exponential"), stats.expon()),
    "lognormal": (
        Spread(distribution="lognormal", cv=0.7),
        stats.lognorm(math.sqrt(math.log1p(0.49)), scale=math.exp(-math.log1p(0.49) / 2)),
    ),
    "uniform": (
        Spread(distribution="uniform", cv=0.4),
        stats.uniform(1 - 0.4 * math.sqrt(3), 0.8 * math.sqrt(3)),
    ),
    "gamma": (Spread(distribution="gamma", cv=0.6), stats.gamma(1 / 0.36, scale=0.36)),
    "wide gamma": (Spread(distribution="gamma", cv=2.0), stats.gamma(0.25, scale=4.0)),
    "weibull": (Spread(distribution="weibull", cv=1.5), None),
    "empirical": (Spread(distribution="empirical", quantiles=(0.0, 0.5, 1.0, 3.0)), None),
}


@pytest.mark.parametrize("name", SPREADS)
def test_factors_have_mean_one_and_invert_their_survival(name):
    spread, law = SPREADS[name]
    tables = ShapeTables()
    i = tables.number_of(spread)
    shapes, numbers = tables.to_tables()
    s = (np.arange(200_000) + 0.5) / 200_000
    x = np.array([factor_at(shapes, numbers, i, v) for v in s])
    assert (np.diff(x) <= 0).all()
    # Midpoints miss part of the tail; a cv of 2 has the longest one here.
    assert x.mean() == pytest.approx(1.0, abs=2e-3)
    if spread.cv:
        assert x.std() == pytest.approx(spread.cv, rel=0.02)
    back = [
        survival_of(shapes, numbers, i, factor_at(shapes, numbers, i, v))
        for v in (0.9, 0.5, 0.01, 1e-4)
    ]
    assert back == pytest.approx([0.9, 0.5, 0.01, 1e-4], rel=1e-6)
    if law is not None:
        some = (0.999, 0.7, 0.3, 1e-3, 1e-9)
        found = [factor_at(shapes, numbers, i, v) for v in some]
        assert found == pytest.approx(law.isf(some), rel=1e-4, abs=0.003)


@pytest.mark.parametrize("name", SPREADS)
def test_what_is_left_of_a_time_is_drawn_given_what_is_over(name):
    spread, _ = SPREADS[name]
    tables = ShapeTables()
    i = tables.number_of(spread)
    shapes, numbers = tables.to_tables()
    s = (np.arange(20_000) + 0.5) / 20_000
    totals = 10.0 * np.array([factor_at(shapes, numbers, i, v) for v in s])
    left = np.array([rest_of(shapes, numbers, i, 10.0, 8.0, v) for v in s])
    kept = totals[totals > 8.0] - 8.0
    error = kept.std() / math.sqrt(kept.size)
    assert (left >= 0.0).all()
    assert left.mean() == pytest.approx(kept.mean(), abs=4 * error)


def test_nothing_is_left_of_a_constant_time_that_is_over():
    shapes, numbers = ShapeTables().to_tables()
    assert rest_of(shapes, numbers, 0, 10.0, 4.0, 0.3) == pytest.approx(6.0)
    assert rest_of(shapes, numbers, 0, 10.0, 12.0, 0.3) == 0.0


@pytest.mark.parametrize(("quantity", "share"), [(10, 0.2), (7, 0.85), (40, 0.5), (1000, 0.3)])
def test_lost_pieces_are_binomial(quantity, share):
    u = draws(20_000)
    lost = np.array([pieces_lost(float(quantity), share, v) for v in u])
    law = stats.binom(quantity, share)
    assert lost.mean() == pytest.approx(law.mean(), abs=4 * law.std() / math.sqrt(u.size))
    assert lost.std() == pytest.approx(law.std(), rel=0.03)
    assert lost.min() >= 0
    assert lost.max() <= quantity
    if quantity * min(share, 1 - share) <= 50:
        some = [0.01, 0.3, 0.5, 0.9]
        assert [pieces_lost(float(quantity), share, v) for v in some if share <= 0.5] == [
            law.ppf(v) for v in some if share <= 0.5
        ]


def test_a_quantity_with_a_fraction_loses_its_mean_share():
    assert pieces_lost(2.5, 0.1, 0.9) == pytest.approx(0.25)
    assert pieces_lost(3.0, 1.0, 0.5) == 3.0
    assert pieces_lost(3.0, 0.0, 0.5) == 0.0


def slow_work_end(spans, t, work):
    for start, end in spans:
        begin = max(start, t)
        if begin < end:
            if begin + work <= end:
                return begin + work
            work -= end - begin
    return math.inf


def test_work_through_a_calendar_agrees_with_going_from_shift_to_shift():
    rng = np.random.default_rng(5)
    for _ in range(300):
        edges = np.sort(rng.uniform(0, 100, size=2 * int(rng.integers(1, 9)))).reshape(-1, 2)
        calendars, spans = calendar_tables((np.empty((0, 2)), edges))
        t, work = rng.uniform(-5, 105), rng.uniform(0.1, 40)
        assert work_end(calendars, spans, 1, t, work) == pytest.approx(
            slow_work_end(edges, t, work), abs=1e-9
        )
        later = t + work
        overlap = sum(max(0.0, min(e, later) - max(s, t)) for s, e in edges)
        assert open_between(calendars, spans, 1, t, later) == pytest.approx(overlap, abs=1e-9)
        opens = next((max(s, t) for s, e in edges if t < e), math.inf)
        assert next_open(calendars, spans, 1, t) == opens


def test_work_that_fills_a_shift_ends_at_its_closing():
    calendars, spans = calendar_tables((np.empty((0, 2)), np.array([[0.0, 8.0], [16.0, 24.0]])))
    assert work_end(calendars, spans, 1, 0.0, 8.0) == 8.0
    assert work_end(calendars, spans, 1, 4.0, 12.0) == 24.0
    assert work_end(calendars, spans, 1, 4.0, 12.5) == math.inf
    assert next_open(calendars, spans, 1, 8.0) == 16.0


def test_the_heap_gives_events_by_time_then_code():
    rng = np.random.default_rng(3)
    events = np.recarray(300, dtype=EVENT)
    expected, found, n = [], [], 0
    for _ in range(2000):
        if n < 300 and (n == 0 or rng.random() < 0.55):
            time, code = float(rng.integers(0, 20)), int(rng.integers(0, 1000))
            n = push_event(events, n, time, code)
            heapq.heappush(expected, (time, code))
        else:
            found.append((events[0].time, events[0].code))
            assert found[-1] == heapq.heappop(expected)
            # Row 0 is void now: it is filled by another event, or from the end.
            assert next_time(events, n, 1) == min(expected, default=(math.inf, 0))[0]
            if rng.random() < 0.4:
                time, code = float(rng.integers(0, 20)), int(rng.integers(0, 1000))
                replace_first_event(events, n, time, code)
                heapq.heappush(expected, (time, code))
            else:
                n = drop_first_event(events, n)
    assert len(found) > 500


def test_a_full_heap_says_so():
    events = np.recarray(1, dtype=EVENT)
    assert push_event(events, 0, 1.0, 1) == 1
    assert push_event(events, 1, 2.0, 2) == -1
