"""``zhizao schedule`` end to end: page, tables, JSON, both languages."""

import json
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from command_line import zhizao, zhizao_alone

from zhizao._base.errors import InputError
from zhizao.model import (
    Calendar,
    Order,
    Plant,
    PlantFile,
    Product,
    Resource,
    ResourceOption,
    Routing,
    Schedule,
    Setup,
    Shift,
    Step,
    TimeModel,
    WorkCentre,
    read_plant,
    write_plant,
)
from zhizao.model.plant import Component, Part
from zhizao.serve.steps import schedule
from zhizao.twin import simulate

pytestmark = pytest.mark.system

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path):
    def step(number, *names):
        return Step(
            step=number,
            operation=f"工序{number}",
            resources=tuple(ResourceOption(resource=n) for n in names),
            time=TimeModel(setup_min=10, per_piece_min=20, distribution="lognormal", cv=0.3),
        )

    days = ("mon", "tue", "wed", "thu", "fri")
    plant = Plant(
        name="试验 <1>",
        time_zone="Asia/Shanghai",
        work_centres=(WorkCentre(id="车"), WorkCentre(id="磨")),
        resources=(
            Resource(id="车床-1", work_centre="车", calendar="白班"),
            Resource(id="车床-2", work_centre="车", calendar="白班"),
            Resource(id="磨床", work_centre="磨", calendar="白班"),
        ),
        calendars=(
            Calendar(
                id="白班", shifts=tuple(Shift(weekday=d, start="08:00", end="17:00") for d in days)
            ),
        ),
        products=(Product(id="轴", family="A"), Product(id="齿轮", family="B")),
        routings=(
            Routing(product="轴", steps=(step(10, "车床-1", "车床-2"), step(20, "磨床"))),
            Routing(product="齿轮", steps=(step(10, "车床-1", "车床-2"), step(20, "磨床"))),
        ),
        setups=(Setup(work_centre="磨", from_family=None, to_family=None, setup_min=30),),
    )
    orders = tuple(
        Order(
            id=f"WO-{i:02}",
            product=("轴", "齿轮")[i % 2],
            quantity=5 + i % 7,
            release_at=MONDAY + timedelta(hours=i),
            due_at=MONDAY + timedelta(hours=24 + 3 * i),
        )
        for i in range(24)
    )
    write_plant(PlantFile(plant=plant, orders=orders), tmp_path / "p")
    return tmp_path / "p"


def run(*arguments):
    return zhizao("schedule", *arguments)


def test_the_command_writes_a_plan_that_can_be_read_everywhere(folder):
    short = ("--time", "1s", "--threads", "1", "--futures", "20", "--lang", "zh")
    done = zhizao_alone("schedule", folder, *short)
    assert done.returncode == 0, done.stderr
    assert "逾期工单" in done.stdout
    plan = Schedule.model_validate_json((folder / "plan" / "plan.json").read_text(encoding="utf-8"))
    assert plan.is_feasible
    assert len(plan.assignments) == 48
    assert {o.order_id for o in plan.orders} == {f"WO-{i:02}" for i in range(24)}
    assert 0.0 <= plan.gap <= 1.0
    table = pl.read_parquet(folder / "plan" / "plan.parquet")
    assert table.height == 48
    assert table["start_at"].dtype == pl.Datetime("us", "Asia/Shanghai")
    assert pl.read_csv(folder / "plan" / "plan.csv").height == 48
    assert pl.read_excel(folder / "plan" / "plan.xlsx", sheet_name="orders").height == 24
    page = (folder / "plan" / "plan.html").read_text(encoding="utf-8")
    assert "试验 &lt;1&gt;" in page
    assert page.count("<svg") == 2
    picture = (folder / "plan" / "plan.svg").read_text(encoding="utf-8")
    names = {e.text for e in ET.fromstring(picture).iter() if e.text}
    assert {"车床-1", "车床-2", "磨床"} <= names
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")


def test_json_until_and_objective(folder):
    done = run(
        *(folder, "--time", "0.5s", "--threads", "1", "--futures", "0", "--json"),
        *("--until", "2024-01-01T16:00:00", "--objective", "late > setup"),
    )
    assert done.returncode == 0, done.stderr
    plan = json.loads(done.stdout)
    assert plan["objective"] == "late > setup"
    # Released by 16:00 in Shanghai, 08:00 UTC: nine orders.
    assert len(plan["orders"]) == 9


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--objective", "tardines", "Did you mean 'tardiness'"),
        ("--time", "soon", "30s, 2min or 1h"),
    ],
)
def test_a_wrong_option_says_what_is_allowed(folder, option, value, words):
    done = run(folder, option, value)
    assert done.returncode == 2
    assert words in done.stderr


def test_a_plan_that_stays_close_and_ways_to_help_a_late_order(folder):
    short = ("--time", "1s", "--threads", "1", "--futures", "0")
    done = run(folder, "--replan", *short)
    assert done.returncode == 2
    assert "There is no plan" in done.stderr
    assert run(folder, *short).returncode == 0
    late = json.loads((folder / "plan" / "plan.json").read_text(encoding="utf-8"))["why_late"]
    done = run(folder, "--replan", "--fix", late[0]["order_id"], *short)
    assert done.returncode == 0, done.stderr
    assert "Δ None of" in done.stdout
    assert "→ " in done.stdout


def test_a_date_is_promised_from_the_command_line_in_the_plants_time(folder):
    short = ("--time", "1s", "--threads", "1", "--futures", "20", "--json")
    done = run(folder, "--promise", "齿轮=3", *short)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)["promise"]
    promised = datetime.fromisoformat(told["promised_at"])
    assert promised >= datetime.fromisoformat(told["planned_at"]) > MONDAY
    assert f"{promised.astimezone(ZoneInfo('Asia/Shanghai')):%Y-%m-%d %H:%M}" in told["sentence"]
    page = (folder / "plan" / "plan.html").read_text(encoding="utf-8")
    assert told["sentence"] in page
    for wish, words in (("齿轮", "expected e.g. shaft=30"), ("齿车=3", "No routing makes")):
        done = run(folder, "--promise", wish, *short)
        assert done.returncode == 2
        assert words in done.stderr


def test_material_that_comes_later_is_told_in_a_file(folder, tmp_path):
    short = ("--time", "1s", "--threads", "1", "--futures", "0", "--json")
    file = tmp_path / "material.csv"
    file.write_text("order_id,step,there_at\nWO-03,20,2024-01-10T09:00\n", encoding="utf-8")
    done = run(folder, "--material", file, *short)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["assignments"]
    start_at = next(
        datetime.fromisoformat(row["start_at"])
        for row in rows
        if (row["order_id"], row["step"]) == ("WO-03", 20)
    )
    assert start_at >= datetime(2024, 1, 10, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
    file.write_text("order_id,step,there_at\nWO-3,20,2024-01-10\nWO-03,21,x\n", encoding="utf-8")
    done = run(folder, "--material", file, *short)
    assert done.returncode == 2
    assert "line 2: 'WO-3' is no open order" in done.stderr
    assert "has no step '21', expected 10, 20" in done.stderr


def test_a_gap_that_is_good_enough_ends_the_search(folder):
    every = ("--time", "60s", "--threads", "1", "--futures", "0", "--json")
    done = run(folder, "--gap", "100", *every)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["seconds"] < 30.0
    done = run(folder, "--iterations", "50", *every)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["seconds"] < 30.0
    assert run(folder, "--gap", "101", *every).returncode == 2


def test_a_robust_plan_says_what_it_was_chosen_from(folder):
    short = ("--time", "2s", "--threads", "1", "--futures", "20")
    done = run(folder, "--robust", "--json", *short)
    assert done.returncode == 0, done.stderr
    choice = json.loads(done.stdout)["robust"]
    assert choice["candidates"][0]["kind"] == "paper"
    assert sum(c["is_chosen"] for c in choice["candidates"]) == 1
    assert choice["sentences"]
    done = run(folder, "--robust", "--lang", "zh", *short)
    assert done.returncode == 0, done.stderr
    assert "◇ " in done.stdout
    assert "成对的未来" in done.stdout
    done = run(folder, "--robust", "--replan", *short)
    assert done.returncode == 2
    assert "Leave out --replan or --robust" in done.stderr


def test_the_limit_of_moves_can_be_told(folder):
    short = ("--time", "1s", "--threads", "1", "--futures", "0")
    assert run(folder, *short).returncode == 0
    done = run(folder, "--replan", "--move-limit", "0", "--json", *short)
    assert done.returncode == 0, done.stderr
    moves = json.loads(done.stdout)["moves"]
    assert moves["moved"] == moves["forced"] == 0 < moves["counted"]
    assert run(folder, "--replan", "--move-limit", "101", *short).returncode == 2


def test_what_begins_soon_can_be_frozen(folder):
    short = ("--time", "1s", "--threads", "1", "--futures", "0")
    assert run(folder, *short).returncode == 0
    before = json.loads((folder / "plan" / "plan.json").read_text(encoding="utf-8"))
    until = datetime.fromisoformat(before["made_at"]) + timedelta(hours=4)
    soon = {
        (a["order_id"], a["step"]): (a["resource"], a["start_at"])
        for a in before["assignments"]
        if datetime.fromisoformat(a["setup_start_at"] or a["start_at"]) < until
    }
    assert soon
    done = run(folder, "--replan", "--freeze", "4h", "--json", *short)
    assert done.returncode == 0, done.stderr
    after = json.loads(done.stdout)["assignments"]
    fixed = {
        (a["order_id"], a["step"]): (a["resource"], a["start_at"]) for a in after if a["is_pinned"]
    }
    assert {key: fixed.get(key) for key in soon} == soon


def test_an_assembly_is_planned_from_its_folder_and_the_twin_begins_when_the_plan_says(tmp_path):
    def step(number, name, minutes):
        return Step(
            step=number,
            operation=f"op{number}",
            resources=(ResourceOption(resource=name),),
            time=TimeModel(per_piece_min=minutes),
        )

    plant = Plant(
        name="assembly",
        work_centres=(WorkCentre(id="mill"), WorkCentre(id="bench")),
        resources=(
            Resource(id="mill-1", work_centre="mill"),
            Resource(id="bench-1", work_centre="bench"),
        ),
        products=(Product(id="cart"), Product(id="wheel")),
        routings=(
            Routing(product="cart", steps=(step(10, "mill-1", 20), step(20, "bench-1", 40))),
            Routing(product="wheel", steps=(step(10, "mill-1", 5), step(20, "bench-1", 2))),
        ),
        bom=(
            Component(product="cart", component="wheel", pieces=4, step=20),
            Component(product="cart", component="axle", pieces=2),
        ),
        parts=(Part(id="axle", stock=4, reorder_point=0, reorder_pieces=8, lead_time_h=6),),
    )
    orders = tuple(
        Order(
            id=f"{name}-{i}",
            product=name,
            quantity=quantity,
            release_at=MONDAY,
            due_at=MONDAY + timedelta(hours=4 + 3 * i) if name == "cart" else None,
        )
        for i in range(4)
        for name, quantity in (("cart", 2), ("wheel", 8))
    )
    write_plant(PlantFile(plant=plant, orders=orders), tmp_path / "p")
    done = run(tmp_path / "p", "--time", "1s", "--threads", "1", "--futures", "5")
    assert done.returncode == 0, done.stderr
    plan = Schedule.model_validate_json(
        (tmp_path / "p" / "plan" / "plan.json").read_text(encoding="utf-8")
    )
    assert plan.warnings == ()
    makers = {a.order_id: a.components_from for a in plan.assignments if a.step == 20}
    assert all(makers[f"cart-{i}"] for i in range(4))
    table = pl.read_csv(tmp_path / "p" / "plan" / "plan.csv")
    assert table["components_from"].drop_nulls().len() == 4
    file = read_plant(tmp_path / "p")
    followed = simulate(
        file.plant,
        file.orders,
        start_at=plan.made_at,
        end_at=plan.made_at + timedelta(weeks=2),
        n_replications=1,
        draw_demand=False,
        trace=True,
        sequences=plan.sequences,
    )
    rows = followed.records[0].operations.iter_rows(named=True)
    starts = {(row["order_id"], row["step"]): row["start_at"] for row in rows}
    assert len(starts) == len(plan.assignments) == 16
    for a in plan.assignments:
        assert starts[a.order_id, a.step] == a.start_at


def test_a_plan_by_iterations_is_the_same_again_and_tells_how_far_its_runs_are(folder):
    told = []
    first, again = (
        schedule(
            folder,
            seconds=None,
            iterations=2_000,
            n_futures=4,
            progress=lambda done, total: told.append((done, total)),
        )
        for _ in range(2)
    )
    assert first.plan.assignments == again.plan.assignments
    assert [o.on_time for o in first.risk.orders] == [o.on_time for o in again.risk.orders]
    assert told[-1][0] == told[-1][1] > 0


@pytest.mark.parametrize("how", [{"keep_close": True}, {"robust": True}, {"fix_order": "WO-00"}])
def test_what_is_searched_by_the_clock_needs_seconds(folder, how):
    with pytest.raises(InputError, match="need seconds"):
        schedule(folder, seconds=None, iterations=10, **how)
