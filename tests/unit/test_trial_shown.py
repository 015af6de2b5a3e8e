"""What a person sees of a comparison: support and both parts of the interval, page and terminal."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from zhizao.cli._app import app
from zhizao.model import (
    Demand,
    Order,
    Plant,
    PlantFile,
    Product,
    Provenance,
    Resource,
    ResourceOption,
    Routing,
    ScaleDemand,
    Scenario,
    Step,
    TimeModel,
    WorkCentre,
    write_plant,
    write_scenario,
)
from zhizao.serve.report import report_html
from zhizao.serve.report.summary import five_sentences
from zhizao.serve.report.try_section import try_section
from zhizao.trial import Comparison, compare

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
TIMES = Provenance(
    where="routings/P/main/10/time", source="learnt", level="product", n=30, value=60.0,
    low=57.0, high=63.0,
)  # fmt: skip
PLANT = Plant(
    name="saw",
    work_centres=(WorkCentre(id="saws"),),
    resources=(Resource(id="saw", work_centre="saws"),),
    products=(Product(id="P"),),
    routings=(
        Routing(
            product="P",
            steps=(
                Step(
                    step=10,
                    operation="cut",
                    resources=(ResourceOption(resource="saw"),),
                    time=TimeModel(setup_min=60, distribution="exponential"),
                ),
            ),
        ),
    ),
    demands=(Demand(product="P", orders_per_week=130),),
    provenances=(TIMES,),
)
ORDERS = (Order(id="O1", product="P", release_at=MONDAY),)
LESS = Scenario(name="less", changes=(ScaleDemand(factor=0.4),))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("shown")
    write_plant(PlantFile(plant=PLANT, orders=ORDERS), path / "plant")
    write_scenario(LESS, path / "less.toml")
    return path


@pytest.fixture(scope="module")
def printed(folder) -> dict[str, str]:
    found = {}
    for lang in ("en", "zh"):
        result = CliRunner().invoke(
            app,
            ["try", str(folder / "plant"), "--scenario", str(folder / "less.toml"), "--weeks", "4",
             "--replications", "10", "--lang", lang],
            catch_exceptions=False,
        )  # fmt: skip
        assert result.exit_code == 0
        found[lang] = result.output
    return found


def test_the_terminal_shows_the_label_and_both_parts(printed):
    assert "Support: outside what the records cover." in printed["en"]
    assert "± chance" in printed["en"]
    assert "what the data cannot tell exactly" in printed["en"]
    assert "依据：超出记录覆盖的范围。" in printed["zh"]
    assert "± 数据" in printed["zh"]


def test_the_page_says_what_the_intervals_hold(folder, printed):
    assert printed
    for lang, told, label in (
        ("en", "in 5 plants that the records allow just as well", "Support: outside"),
        ("zh", "5 个同样符合记录的工厂", "依据：超出"),
    ):
        html = report_html(folder / "plant", lang=lang)
        assert told in html
        assert label in html
        assert "about chance only" not in html


def test_the_fifth_sentence_holds_the_label(folder, printed):
    assert printed
    last = five_sentences(folder / "plant")[-1]
    assert last.startswith("Of 1 tried")
    assert "Support: outside what the records cover." in last


def test_a_comparison_of_chance_alone_says_so_on_the_page():
    plain = PLANT.model_copy(update={"provenances": ()})
    window = {"start_at": MONDAY, "end_at": MONDAY + timedelta(weeks=1)}
    found = compare(plain, ORDERS, [LESS], n_replications=3, **window)
    section = try_section(found, time_zone="UTC", lang="en")
    assert section["data"].startswith("The intervals are about chance only")
    assert {row["data"] for row in section["scenarios"][0]["numbers"]} == {"–"}


def test_a_comparison_stored_by_an_earlier_version_is_still_shown(folder, printed):
    assert printed
    stored = json.loads((folder / "plant" / "comparison.json").read_text(encoding="utf-8"))
    for key in ("n_drawn_plants", "n_drawn_values"):
        del stored[key]
    for scenario in stored["scenarios"]:
        del scenario["support"]
        for warning in scenario["warnings"]:
            del warning["level"]
        for kpi in scenario["kpis"]:
            del kpi["chance"], kpi["data"]
    section = try_section(Comparison.model_validate(stored), time_zone="UTC", lang="en")
    assert section["scenarios"][0]["support"] == "Support: not judged."
