"""Instants and durations in the forms that systems and people write."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from connect_styles import JOBS, Job, check, dropped, written

from zhizao.connect.values.clocks import clock_times

EPOCH, DAY_ZERO = datetime(1970, 1, 1), datetime(1899, 12, 30)  # noqa: DTZ001
PLAIN = ("order", "operation", "machine", "start", "end")


def _since(at: datetime) -> int:
    return int((at - EPOCH).total_seconds())


def _days(at: datetime) -> str:
    return f"{(at - DAY_ZERO).total_seconds() / 86_400:.6f}".replace(".", ",")


INSTANTS: dict[str, tuple[Callable[[datetime], Any], str]] = {
    "seconds since 1970": (_since, ","),
    "milliseconds": (lambda at: _since(at) * 10**3, ","),
    "microseconds": (lambda at: _since(at) * 10**6, ","),
    "nanoseconds": (lambda at: _since(at) * 10**9, ","),
    "days with a comma": (_days, ";"),
    "half days": (lambda at: at.strftime("%m/%d/%Y %I:%M:%S %p"), ","),
    "half days without a blank": (lambda at: at.strftime("%-m/%-d/%Y %-I:%M%p"), ","),
    "short years": (lambda at: at.strftime("%d.%m.%y %H:%M"), ";"),
    "short years, month first": (lambda at: at.strftime("%m/%d/%y %H:%M"), ","),
    "short years first": (lambda at: at.strftime("%y-%m-%d %H:%M"), ","),
    "fourteen digits": (lambda at: at.strftime("%Y%m%d%H%M%S"), ","),
    "twelve digits": (lambda at: at.strftime("%Y%m%d%H%M"), ","),
    "names of months": (lambda at: at.strftime("%d-%b-%y %H:%M"), ","),
    "Java": (lambda at: at.strftime("%a %b %d %H:%M:%S UTC %Y"), ","),
    "long": (lambda at: at.strftime("%B %d, %Y %I:%M %p"), ";"),
    "points": (lambda at: at.strftime("%d.%m.%Y %H.%M"), ";"),
    "Uhr": (lambda at: at.strftime("%d.%m.%Y, %H:%M Uhr"), ";"),
    "French": (lambda at: at.strftime("%d/%m/%Y %Hh%M"), ";"),
    "Zulu": (lambda at: at.strftime("%Y-%m-%dT%H:%MZ"), ","),
    "Chinese": (lambda at: at.strftime("%Y年%m月%d日 %H时%M分"), ","),
}


@pytest.mark.parametrize("form", INSTANTS)
def test_an_instant_is_read_in_every_form(form: str, tmp_path: Path) -> None:
    write, delimiter = INSTANTS[form]
    rows = [[j["order"], j["operation"], j["machine"], write(j["start"]), write(j["end"])] for j in JOBS]  # fmt: skip
    check(dropped(written(tmp_path, PLAIN, rows, delimiter=delimiter)))


def _hours(job: Job) -> str:
    return f"{job['minutes'] / 60:.4f}"


DURATIONS: dict[str, tuple[str, Callable[[Job], str]]] = {
    "hours in the name": ("Dauer [h]", lambda j: _hours(j).replace(".", ",")),
    "a name that is a unit": ("Stunden", lambda j: _hours(j).replace(".", ",")),
    "hours and minutes": ("Dauer", lambda j: f"{j['minutes'] // 60}:{j['minutes'] % 60:02d}"),
    "with units": ("Dauer", lambda j: f"{j['minutes'] // 60}h {j['minutes'] % 60:02d}min"),
    "minutes with a unit": ("Dauer", lambda j: f"{j['minutes']} min"),
    "ISO 8601": ("Dauer", lambda j: f"PT{j['minutes'] // 60}H{j['minutes'] % 60}M"),
}


@pytest.mark.parametrize("form", DURATIONS)
def test_a_duration_instead_of_an_end(form: str, tmp_path: Path) -> None:
    name, write = DURATIONS[form]
    rows = [[j["order"], j["operation"], j["machine"], j["start"].strftime("%d.%m.%Y %H:%M"), write(j)] for j in JOBS]  # fmt: skip
    path = written(
        tmp_path, ["Auftrag", "Arbeitsgang", "Maschine", "Beginn", name], rows, delimiter=";"
    )
    check(dropped(path), tolerance_s=1.0)


def test_a_duration_before_an_end(tmp_path: Path) -> None:
    rows = [[j["order"], j["operation"], j["machine"], j["minutes"], j["end"]] for j in JOBS]
    header = ["Order", "Operation", "Machine", "Actual minutes", "Finished"]
    check(dropped(written(tmp_path, header, rows)))


CLOCKS: dict[str, Callable[[datetime], str]] = {
    "decimal hours": lambda at: f"{at.hour + at.minute / 60:.2f}".replace(".", ","),
    "four digits": lambda at: str(int(at.strftime("%H%M"))),
    "six digits": lambda at: at.strftime("%H%M%S"),
    "half days": lambda at: at.strftime("%I:%M %p"),
    "seconds of the day": lambda at: str((at - at.replace(hour=0, minute=0)).seconds),
}


@pytest.mark.parametrize("form", CLOCKS)
def test_a_clock_time_beside_a_date(form: str, tmp_path: Path) -> None:
    write = CLOCKS[form]
    rows = [[j["start"].strftime("%d.%m.%Y"), j["order"], j["operation"], j["machine"], write(j["start"]), write(j["end"])] for j in JOBS]  # fmt: skip
    header = ["Datum", "Auftrag", "Arbeitsgang", "Maschine", "Beginn", "Ende"]
    check(dropped(written(tmp_path, header, rows, delimiter=";")), tolerance_s=20.0)


def test_seconds_of_the_day_beside_two_dates(tmp_path: Path) -> None:
    def parts(at: datetime) -> list[str]:
        return [at.strftime("%Y-%m-%d"), str((at - at.replace(hour=0, minute=0)).seconds)]

    rows = [[j["order"], j["operation"], j["machine"], *parts(j["start"]), *parts(j["end"])] for j in JOBS]  # fmt: skip
    header = ["order", "operation", "machine", "start date", "start time", "end date", "end time"]
    check(dropped(written(tmp_path, header, rows)))


def test_days_of_a_spreadsheet_beside_a_date_are_no_seconds(tmp_path: Path) -> None:
    rows = [
        [j["order"], j["operation"], j["machine"], j["end"].strftime("%Y-%m-%d"), (j["start"] - DAY_ZERO).days, (j["end"] - DAY_ZERO).days]
        for j in JOBS
    ]  # fmt: skip
    header = ["order", "operation", "machine", "entered", "start", "end"]
    started = dropped(written(tmp_path, header, rows)).records.operations["start_at"]
    assert {at.date() for at in started} == {j["start"].date() for j in JOBS}


def test_numbers_that_are_no_clock_times_stay_as_they_are() -> None:
    import polars as pl

    assert clock_times(pl.Series(["99.5", "6.25"])).to_list() == ["99.5", "6.25"]
