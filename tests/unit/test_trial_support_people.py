"""A shift added to machines whose people have their own hours says that nobody is there."""

import pytest

from zhizao.model import (
    Calendar,
    Operator,
    Plant,
    Product,
    Resource,
    ResourceOption,
    Routing,
    Shift,
    Step,
    TimeModel,
    WorkCentre,
)
from zhizao.trial.support_people import check_people_there

EARLY = Shift(weekday="mon", start="07:00", end="15:00")
LATE = Shift(weekday="mon", start="15:00", end="23:00")


def _plant(*operators: Operator) -> Plant:
    step = Step(
        step=10, operation="cut", resources=(ResourceOption(resource="M1"),),
        time=TimeModel(setup_min=5), skills=("cutter",),
    )  # fmt: skip
    return Plant(
        name="p",
        work_centres=(WorkCentre(id="W"),),
        resources=(Resource(id="M1", work_centre="W"), Resource(id="M2", work_centre="W")),
        operators=operators,
        calendars=(Calendar(id="early", shifts=(EARLY,)), Calendar(id="late", shifts=(LATE,))),
        products=(Product(id="P"),),
        routings=(Routing(product="P", steps=(step,)),),
    )


def _operator(name: str, calendar: str | None) -> Operator:
    return Operator(id=name, skills=("cutter",), calendar=calendar)


def test_a_shift_in_which_nobody_is_there_is_said_with_the_calendar_to_change() -> None:
    found = list(check_people_there(_plant(_operator("Ann", "early")), ["M1"], [EARLY, LATE]))
    assert [w.code for w in found] == ["nobody_there"]
    assert "8 of the 16" in found[0].text
    assert "Ann" in found[0].text
    assert "early" in found[0].text
    assert "8" in found[0].text_zh


@pytest.mark.parametrize(
    ("operators", "resources", "shifts"),
    [
        ((_operator("Ann", None),), ["M1"], [LATE]),  # there whenever the machines are
        ((_operator("Ann", "early"), _operator("Bo", "late")), ["M1"], [EARLY, LATE]),
        ((_operator("Ann", "early"),), ["M2"], [LATE]),  # tended by nobody
        ((_operator("Ann", "early"),), ["M1"], [EARLY]),
    ],
)
def test_a_shift_with_people_needs_no_word(
    operators: tuple[Operator, ...], resources: list[str], shifts: list[Shift]
) -> None:
    assert list(check_people_there(_plant(*operators), resources, shifts)) == []
