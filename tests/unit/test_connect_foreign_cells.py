"""Clock times, numbers and years as plants in other countries write them."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from connect_styles import JOBS, Job, check, dropped, written

WEEKDAYS = {"ja": "月火水木金土日", "de": ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So")}


def _half(at: datetime, before: str, after: str) -> str:
    return before if at.hour < 12 else after


def _twelve(at: datetime) -> str:
    return f"{(at.hour - 1) % 12 + 1}:{at.minute:02d}"


_WIDE = str.maketrans("0123456789/:", "０１２３４５６７８９／：")

STAMPS: dict[str, Callable[[datetime], str]] = {
    "a Japanese weekday": lambda at: f"{at:%Y/%-m/%-d}({WEEKDAYS['ja'][at.weekday()]}) {at:%-H:%M}",
    "a German weekday": lambda at: f"{WEEKDAYS['de'][at.weekday()]}, {at:%d.%m.%Y, %H:%M} Uhr",
    "a Chinese weekday": lambda at: (
        f"{at:%Y-%m-%d} 星期{'一二三四五六日'[at.weekday()]} {at:%H:%M}"
    ),
    "a French word between": lambda at: f"{at:%d/%m/%Y} à {at:%-H}h{at:%M}",
    "Spanish halves of the day": lambda at: (
        f"{at:%d/%m/%Y} {_twelve(at)} {_half(at, 'a. m.', 'p. m.')}"
    ),
    "Chinese halves behind": lambda at: (
        f"{at:%Y年%-m月%-d日} {_twelve(at)} {_half(at, '上午', '下午')}"
    ),
    "wide digits": lambda at: f"{at:%Y/%m/%d %H:%M}".translate(_WIDE),
    "years of Taiwan": lambda at: f"{at.year - 1911}/{at:%m/%d %H:%M}",
    "years of Thailand": lambda at: f"{at:%d/%m}/{at.year + 543} {at:%H:%M}",
    "years of Reiwa": lambda at: f"令和{at.year - 2018}年{at.month}月{at.day}日 {at:%H:%M}",
    "points and fractions": lambda at: f"{at:%d-%b-%y %I.%M.%S}.000000000 {at:%p}".upper(),
    "a database's points": lambda at: f"{at:%Y-%m-%d-%H.%M.%S}.000000",
}


@pytest.mark.parametrize("form", STAMPS)
def test_an_instant_is_read_as_another_country_writes_it(form: str, tmp_path: Path) -> None:
    stamp = STAMPS[form]
    rows = [
        [j["order"], j["operation"], j["machine"], stamp(j["start"]), stamp(j["end"])] for j in JOBS
    ]
    check(dropped(written(tmp_path, ["Order", "Operation", "Machine", "Start", "End"], rows, delimiter=";")))  # fmt: skip


def test_half_of_the_dates_as_days_of_a_spreadsheet(tmp_path: Path) -> None:
    def cell(at: datetime, i: int) -> str:
        days = (at - datetime(1899, 12, 30)).total_seconds() / 86400  # noqa: DTZ001
        return f"{at:%d.%m.%Y %H:%M}" if i % 2 else f"{days:.6f}"

    rows = [
        [j["order"], j["operation"], j["machine"], cell(j["start"], i), cell(j["end"], i)]
        for i, j in enumerate(JOBS)
    ]
    check(dropped(written(tmp_path, ["Order", "Operation", "Machine", "Start", "End"], rows)))


@pytest.mark.parametrize(
    "clock",
    [
        lambda at: f"{_twelve(at)} {_half(at, 'a. m.', 'p. m.')}",
        lambda at: f"{_half(at, '上午', '下午')} {_twelve(at)}",
        lambda at: f"{at:%-H}h{at:%M}",
    ],
    ids=["Spanish halves", "Chinese halves", "French hours"],
)
def test_a_clock_time_beside_a_date_as_another_country_writes_it(
    clock: Callable[[datetime], str], tmp_path: Path
) -> None:
    header = ["Order", "Operation", "Machine", "Start date", "Start time", "End date", "End time"]
    rows = [
        [j["order"], j["operation"], j["machine"], f"{j['start']:%Y-%m-%d}", clock(j["start"]),
         f"{j['end']:%Y-%m-%d}", clock(j["end"])]
        for j in JOBS
    ]  # fmt: skip
    check(dropped(written(tmp_path, header, rows)))


def _good(tmp_path: Path, cell: Callable[[Job], str], *, scrap: str, delimiter: str) -> list[float]:
    rows = [
        [j["order"], j["operation"], j["machine"], j["start"], j["end"], cell(j), scrap]
        for j in JOBS
    ]
    header = ["Auftrag", "Arbeitsgang", "Maschine", "Beginn", "Ende", "Gutmenge", "Ausschuss"]
    drop = dropped(written(tmp_path, header, rows, delimiter=delimiter))
    found = drop.records.operations.sort("source_row")
    assert found["resource"].to_list() == [j["machine"] for j in JOBS]
    return [float(n) for n in found["good_quantity"]]


@pytest.mark.parametrize("delimiter", ["\t", ";"])
def test_three_zeros_behind_a_comma_are_decimals(delimiter: str, tmp_path: Path) -> None:
    found = _good(tmp_path, lambda j: f"{j['good']},000", scrap="0,000", delimiter=delimiter)
    assert found == [j["good"] for j in JOBS]


@pytest.mark.parametrize("unit", ["", " St", " Stk.", " pcs", "件"])
def test_points_beside_whole_numbers_part_thousands(unit: str, tmp_path: Path) -> None:
    def cell(job: Job) -> str:
        return f"{job['good'] * 83:,}".replace(",", ".") + unit

    found = _good(tmp_path, cell, scrap=f"0{unit}", delimiter=";")
    assert found == [j["good"] * 83 for j in JOBS]
