"""Answers of a person: read from the plant's file, used by learning, marked as told."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from zhizao._base.errors import InputError
from zhizao.learn import learn
from zhizao.learn.questions.answer_words import hours_of
from zhizao.model import Answer, Plant, PlantFile, Records, read_plant, write_plant

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)


def records():
    rows = []
    for i in range(120):
        start = MONDAY + timedelta(days=7 * (i // 10) + (i % 10) // 2, hours=8 + 3 * (i % 2))
        for k, (operation, machine) in enumerate((("cut", "M1"), ("drill", "M2"))):
            begin = start + timedelta(hours=k)
            rows.append(
                (f"A{i}", "P", operation, machine, begin, begin + timedelta(minutes=30 + i % 23))
            )
    columns = ["order_id", "product", "operation", "resource", "start_at", "end_at"]
    return Records.from_columns(pl.DataFrame(rows, schema=columns, orient="row"))


def told(*answers):
    return learn(records(), name="p", answers=[Answer(**a) for a in answers])


def provenance(learnt, where):
    return next(p for p in learnt.plant.provenances if p.where == where)


def test_told_hours_are_the_calendar():
    learnt = told({"question": "overload", "about": "M2", "value": "mon-thu 06:00-20:00"})
    resource = next(r for r in learnt.plant.resources if r.id == "M2")
    calendar = next(c for c in learnt.plant.calendars if c.id == resource.calendar)
    assert [(s.weekday, s.start, s.end) for s in calendar.shifts] == [
        (d, "06:00", "20:00") for d in ("mon", "tue", "wed", "thu")
    ]
    assert provenance(learnt, f"calendars/{calendar.id}/hours_per_week").source == "told"


def test_told_places_failures_and_times_are_used_and_marked():
    learnt = told(
        {"question": "capacity", "about": "M1", "value": "3"},
        {"question": "failures", "about": "M2", "value": "mtbf_h=20; mttr_h=2"},
        {"question": "setup_split", "about": "cut", "value": "setup_min=10; per_piece_min=2"},
        {"question": "queue_rule", "about": "cut", "value": "spt"},
    )
    resources = {r.id: r for r in learnt.plant.resources}
    assert resources["M1"].capacity == 3
    assert resources["M2"].failure.mtbf_h == 20
    step = learnt.plant.routings[0].steps[0]
    assert (step.time.setup_min, step.time.per_piece_min) == (10, 2)
    assert {w.id: w.dispatch for w in learnt.plant.work_centres}["cut"] == "spt"
    for where in (
        "resources/M1/capacity", "resources/M2/failure", "routings/P/main/10/time",
        "work_centres/cut/dispatch",
    ):  # fmt: skip
        found = [p for p in learnt.plant.provenances if p.where == where]
        assert [p.source for p in found] == ["told"], where


def test_an_answered_question_is_not_asked_again():
    before = {q.code for q in learn(records(), name="p").questions}
    assert "failures" in before
    after = told({"question": "failures", "value": "mtbf_h=20; mttr_h=2"})
    assert {q.code for q in after.questions} == before - {"failures"}


def test_every_fault_of_the_answers_is_named():
    with pytest.raises(InputError) as error:
        told(
            {"question": "failures", "about": "M9", "value": "mtbf_h=20; mttr_h=2"},
            {"question": "queue_rul", "about": "cut", "value": "spt"},
            {"question": "setup_split", "about": "cut", "value": "soon"},
        )
    text = str(error.value)
    assert "M9" in text
    assert "queue_rule" in text
    assert "soon" in text


@pytest.mark.parametrize("value", ["mon 7-15", "mon-fry 07:00-15:00", ""])
def test_hours_that_cannot_be_read_say_how_to_write_them(value):
    with pytest.raises(ValueError, match="mon-fri"):
        hours_of(value)


def test_answers_stand_in_the_plants_file(tmp_path):
    answers = (
        Answer(question="capacity", about="M1", value="3"),
        Answer(question="due_dates", value="=72"),
    )
    write_plant(PlantFile(plant=Plant(name="p", answers=answers)), tmp_path / "p")
    text = (tmp_path / "p" / "plant.toml").read_text(encoding="utf-8")
    assert "[[answers]]" in text
    assert read_plant(tmp_path / "p").plant.answers == answers


def test_a_person_may_write_numbers_and_tables(tmp_path):
    (tmp_path / "plant.toml").write_text(
        'name = "p"\n[[answers]]\nquestion = "capacity"\nabout = "M1"\nvalue = 3\n'
        '[[answers]]\nquestion = "failures"\nvalue = { mtbf_h = 22, mttr_h = 6 }\n',
        encoding="utf-8",
    )
    assert [a.value for a in read_plant(tmp_path).plant.answers] == ["3", "mtbf_h=22; mttr_h=6"]
