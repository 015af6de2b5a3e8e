"""The report as a whole: no network, missing parts, both languages, nobody's name."""

import json
import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from string import Formatter

import polars as pl
import pytest

from zhizao._base.errors import InputError
from zhizao._base.words import catalogue
from zhizao.connect.verdict import Example, Fault, Text, Verdict
from zhizao.learn import (
    Band,
    Bottleneck,
    Chosen,
    Combined,
    CutoffScore,
    Held,
    Loss,
    OpenOrder,
    OrderScore,
    Promises,
    Recipe,
    Replay,
    Score,
    TriedHistory,
    TriedRung,
    Trust,
)
from zhizao.learn.trust.baselines import REMAINING, WHOLE
from zhizao.model import (
    Assignment,
    Calendar,
    Order,
    PlannedOrder,
    Plant,
    PlantFile,
    Product,
    Provenance,
    Records,
    Resource,
    ResourceOption,
    Rework,
    Routing,
    Schedule,
    Shift,
    Step,
    TimeModel,
    WhyLate,
    WorkCentre,
    records_bytes,
    write_plant,
)
from zhizao.serve.report import five_sentences, report_html, write_report
from zhizao.serve.report.plant_section import open_share_by_hour
from zhizao.serve.report.summary import best_scenario
from zhizao.serve.report.trust_forecasts import (
    method_rows,
    notes_on_forecasts,
    orders_for_dates,
    score_of_dates,
)
from zhizao.serve.report.trust_section import where_it_held
from zhizao.serve.report.verdict_section import without_people
from zhizao.serve.report.wording import Words
from zhizao.trial import Comparison, KpiDifference, OrderDifference, ScenarioResult, SupportWarning
from zhizao.trial.comparison import Base

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
PRODUCT = "轴 <b>&amp"
OPERATOR = "Wang Xiaoming"


def plant() -> Plant:
    steps = tuple(
        Step(
            step=10 * i,
            operation=f"operation {i}",
            resources=(ResourceOption(resource="saw"),),
            time=TimeModel(setup_min=5.0 * i, per_piece_min=0.5),
            probability=0.5 if i == 2 else 1.0,
            rework=Rework(probability=0.1, to_step=10) if i == 3 else None,
        )
        for i in range(1, 8)
    )
    return Plant(
        name="Workshop <1>",
        time_zone="Asia/Shanghai",
        work_centres=(WorkCentre(id="W"),),
        calendars=(Calendar(id="day", shifts=(Shift(weekday="mon", start="08:00", end="16:30"),)),),
        resources=(Resource(id="saw", work_centre="W", calendar="day"),),
        products=(Product(id=PRODUCT),),
        routings=(Routing(product=PRODUCT, steps=steps),),
        provenances=(
            Provenance(
                where=f"routings/{PRODUCT}/main/10/time", source="learnt", level="product",
                n=34, value=12.0, low=10.5, high=13.25,
            ),
            Provenance(where="resources/saw/speed", source="assumed", level="plant", n=0),
        ),
    )  # fmt: skip


def records() -> Records:
    frame = pl.DataFrame(
        {
            "order_id": ["O1", "O1", "O2"],
            "product": PRODUCT,
            "operation": ["operation 1", "operation 7", "operation 1"],
            "resource": "saw",
            "operator": OPERATOR,
            "start_at": [MONDAY + timedelta(hours=h) for h in (0, 3, 5)],
            "end_at": [MONDAY + timedelta(hours=h) for h in (2, 5, 8)],
        }
    )
    return Records.from_columns(frame)


def verdict() -> Verdict:
    def text(en: str) -> Text:
        return Text(en=en, zh=f"中文 {en}")

    return Verdict(
        headline=text("one thing will cost the twin"),
        n_rows=3, n_orders=2, n_set_aside=1, n_usable=2, usable_share=2 / 3,
        first_at=None, last_at=None, time_zone="Asia/Shanghai",
        faults=(
            Fault(
                code="overlap_operator", name=text("overlap for one operator"), rows=2,
                share=0.5, parts={OPERATOR: 0.75, "Li Lei": 0.5}, effect=text("hours double"),
                treatment="kept", done=text(f"most: {OPERATOR} 75%, Li Lei 50%: kept"),
                examples=(
                    Example(source="a.csv", source_row=7, cells={"order_id": "O1", "operator": OPERATOR, "start_at": "2024-01-01T08:00:00+08:00"}),
                ),
            ),
        ),
        not_found=("duplicate",), not_looked_for={"zero_quantity": ("good_quantity",)},
        notes=(text("a note"),),
    )  # fmt: skip


def order_score(
    i: int, *, error_h: float, late_p90: bool = False, product: str = "P"
) -> OrderScore:
    done = MONDAY + timedelta(hours=100 + i)
    return OrderScore(
        order_id=f"O{i}", product=product, stage="operation 1", cutoff_at=MONDAY,
        p50_at=done - timedelta(hours=error_h), p90_at=done + timedelta(hours=-1 if late_p90 else 9),
        combined_p50_at=done - timedelta(hours=error_h),
        combined_p90_at=done + timedelta(hours=-1 if late_p90 else 9),
        completed_at=done, censored_at=None,
        baseline_p50_at={REMAINING: done - timedelta(hours=10), WHOLE: None},
    )  # fmt: skip


def trust() -> Trust:
    numbers = {"median_abs_error_h": 5.5, "coverage_p50": 0.5, "coverage_p90": 0.88}
    others = {
        REMAINING: Score(median_abs_error_h=9.0, coverage_p50=0.4, coverage_p90=0.7),
        WHOLE: Score(median_abs_error_h=None, coverage_p50=None, coverage_p90=None),
    }
    band = Band(actual=4.0, mean=5.0, low=3.0, high=6.0)
    days = tuple(MONDAY + timedelta(days=d) for d in range(4))
    open_order = order_score(9, error_h=1).model_copy(
        update={"completed_at": None, "censored_at": MONDAY + timedelta(hours=200)}
    )
    loss = Loss(
        richer_h=4.0,
        plainer_h=6.0,
        gain_h=2.0,
        gain_low_h=1.0,
        gain_high_h=3.0,
        n_forecasts=60,
        verdict="pays",
    )
    chosen = Chosen(
        recipe=Recipe(history_days=28),
        known_days=112,
        n_reports=900,
        n_orders=50,
        n_forecasts=60,
        cutoffs=days[:2],
        histories=(TriedHistory(days=28, loss=loss, is_taken=True),),
        rungs=(TriedRung(rung="queue_rule", loss=loss, is_taken=True),),
    )
    return Trust(
        chosen=chosen,
        **numbers, orders_scored=8, n_completed=7, baselines=others,
        coverage_p90_low=0.81, coverage_p90_high=0.93, hidden_delay_h=40.0,
        combined=Combined(
            median_abs_error_h=4.5, coverage_p50=0.49, coverage_p90=0.91, twin_share=0.62,
            late_stretch=1.4, coverage_p90_low=0.83, coverage_p90_high=0.95,
        ),
        dates_from="combined",
        open_orders=(
            OpenOrder(
                order_id="O <9>", product="P", stage="operation 1",
                p50_at=MONDAY + timedelta(days=3), p90_at=None,
            ),
        ),
        as_simulated=Score(median_abs_error_h=5.5, coverage_p50=0.5, coverage_p90=0.71),
        promises=Promises(
            **numbers, orders_scored=6, n_completed=5, n_unknown=2, baselines={WHOLE: others[WHOLE]}
        ),
        sentence="The twin was nearer.", sentence_zh="孪生更准。",
        cutoffs=(CutoffScore(**numbers, cutoff_at=MONDAY, orders_scored=8, n_completed=7, baselines=others),),
        orders=(*(order_score(i, error_h=2 + i) for i in range(7)), open_order),
        replay=Replay(
            start_at=MONDAY, end_at=days[-1], n_orders=8, throughput_per_week=band, wip_mean=band,
            lead_time_median_h=Band(actual=None, mean=None, low=None, high=None),
            wip_days=days, wip=(band,) * 4, completed=(band,) * 4,
            bottlenecks=(Bottleneck(resource="saw", actual=0.62, predicted=0.58),),
            bottleneck_rank_correlation=0.75,
        ),
    )  # fmt: skip


def scenario(name: str, *, high: float) -> ScenarioResult:
    def kpi(key: str, unit: str, **more) -> KpiDifference:
        numbers = {"base": 50.0, "scenario": 45.0, "difference": -5.0, "low": -8.0, "high": high}
        return KpiDifference(kpi=key, unit=unit, n=20, **(numbers | more))

    nothing = {"base": None, "scenario": None, "difference": None, "low": None, "high": None}
    return ScenarioResult(
        name=name, description="why", gainers=1, losers=1,
        kpis=(
            kpi("throughput_per_week", "orders/week"), kpi("lead_time_mean_h", "h"),
            kpi("tardiness_mean_h", "h", **nothing, reason="no_due_dates"),
            kpi("late_share", "", **nothing, reason="no_due_dates"),
            kpi("wip_mean", "orders"), kpi("utilisation", "", resource="saw", base=0.5, low=-0.2),
        ),
        orders=(
            OrderDifference(order_id="O2", product="P", difference_h=3, low=1, high=5, n=20, n_unfinished=2, verdict="loses"),
            OrderDifference(order_id="O1", difference_h=-3, low=-5, high=-1, n=20, n_unfinished=0, verdict="gains"),
        ),
        warnings=(SupportWarning(code="few_orders", text="few orders <seen>", text_zh="工单太少"),),
        sentence=f"{name}: shorter.", sentence_zh=f"{name}：更短。",
    )  # fmt: skip


def comparison() -> Comparison:
    return Comparison(
        plant="p", start_at=MONDAY, end_at=MONDAY + timedelta(weeks=8), n_replications=20, seed=0,
        base=Base(kpis=(), n_orders=2),
        scenarios=(scenario("second saw", high=-2.0), scenario("rush", high=-3.0), scenario("idle", high=1.0)),
    )  # fmt: skip


@pytest.fixture
def whole_folder(tmp_path):
    folder = tmp_path / "plant"
    orders = (Order(id="O1", product=PRODUCT), Order(id="O2", product=PRODUCT))
    write_plant(PlantFile(plant=plant(), orders=orders, scenarios=()), folder)
    (folder / "records.parquet").write_bytes(records_bytes(records()))
    (folder / "verdict.json").write_text(verdict().model_dump_json(), encoding="utf-8")
    (folder / "trust.json").write_text(trust().model_dump_json(), encoding="utf-8")
    (folder / "comparison.json").write_text(comparison().model_dump_json(), encoding="utf-8")
    question = {"question": "Why?", "question_zh": "为何？", "consequence": "FIFO.", "consequence_zh": "先到先做。"}  # fmt: skip
    chosen = {"sentence": "All 16 weeks are learnt from.", "sentence_zh": "用全部 16 周学习。"}
    learnt = {"questions": [question], "chosen": chosen}
    (folder / "learnt.json").write_text(json.dumps(learnt), encoding="utf-8")
    return folder


class Outline(HTMLParser):
    """Tags that are open, and every address that the page names."""

    def __init__(self):
        super().__init__()
        self.open, self.addresses = [], []

    def handle_starttag(self, tag, attrs):
        if tag not in {"meta", "rect", "line", "path", "circle", "polygon", "polyline", "br"}:
            self.open.append(tag)
        self.addresses += [v for k, v in attrs if k in {"href", "src", "action", "data"}]

    def handle_startendtag(self, tag, attrs):
        self.addresses += [v for k, v in attrs if k in {"href", "src"}]

    def handle_endtag(self, tag):
        if tag not in {"rect", "line", "path", "circle"}:
            assert self.open.pop() == tag


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_needs_nothing_from_outside_and_its_tags_close(whole_folder, lang):
    html = report_html(whole_folder, lang=lang)
    outline = Outline()
    outline.feed(html)
    assert outline.open == []
    assert all(address.startswith("#") for address in outline.addresses)
    assert "script" not in outline.open
    outside = set(re.findall(r"(?:https?:)?//[\w.]+", html)) - {"http://www.w3.org"}
    assert outside == set()
    assert "@import" not in html
    assert "url(" not in html


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_name_of_an_operator_is_on_the_page(whole_folder, lang):
    html = report_html(whole_folder, lang=lang)
    assert OPERATOR not in html
    assert "Li Lei" not in html
    assert ("operator 1 75%" if lang == "en" else "操作员 1 75%") in html


def test_names_of_the_plant_are_escaped(whole_folder):
    html = report_html(whole_folder)
    assert PRODUCT not in html
    assert "轴 &lt;b&gt;&amp;amp" in html
    assert "few orders &lt;seen&gt;" in html


def test_the_sections_show_what_the_files_say(whole_folder):
    html = report_html(whole_folder)
    assert "The twin was nearer." in html
    assert "10.5 … 13.2" in html
    assert "n = 34" in html
    assert "Why?" in html
    assert "second saw: shorter." in html
    assert "no due dates are known" in html
    assert (
        "Not looked for, because these columns are missing: zero_quantity (good_quantity)." in html
    )
    assert "2024-01-01 08:00" in html


def test_the_page_says_what_the_past_corrected_and_how_orders_to_come_were_promised(whole_folder):
    text = report_html(whole_folder)
    assert "As simulated, 71 % would have been done by the twin&#39;s P90" in text
    assert "between 83 % and 95 %" in text
    assert "6 orders that were yet to come" in text
    assert "2 more make products" in text
    assert "Rank correlation 0.75" in text
    assert "62%" in text


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ("combined forecast", "twin with its past", "twin as simulated", "mixes the twin (62 % by now)", "1.4 times as wide", "What-ifs stay the twin&#39;s", "dates of the 1 orders in progress", "2024-01-04")),
        ("zh", ("综合预测", "孪生（经自身历史校正）", "孪生（仅按仿真）", "目前占 62%", "放宽到 1.4 倍", "方案试验仍只用孪生", "1 张在制工单的日期", "2024-01-04")),
    ],
)  # fmt: skip
def test_the_page_names_the_forecast_that_dates_come_from_and_the_others(whole_folder, lang, words):
    html = report_html(whole_folder, lang=lang)
    for word in words:
        assert word in html, word
    assert "O &lt;9&gt;" in html


def test_a_twin_that_is_as_good_gives_the_dates_and_stands_first() -> None:
    twin = trust().model_copy(update={"dates_from": "twin"})
    words = Words(lang="en")
    assert method_rows(twin, words)[0]["name"] == "twin with its past"
    assert method_rows(trust(), words)[0]["name"] == "combined forecast"
    assert "so dates come from the twin" in notes_on_forecasts(twin, words)
    assert "81 %" in notes_on_forecasts(twin, words)
    assert "times as wide" not in notes_on_forecasts(
        trust().model_copy(
            update={"combined": trust().combined.model_copy(update={"late_stretch": 1.0})}
        ),
        words,
    )
    late = trust().orders[0].model_copy(update={"combined_p50_at": None})
    moved = orders_for_dates(trust().model_copy(update={"orders": (late,)}))
    assert moved[0].p50_at is None
    assert score_of_dates(twin) is twin


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ("All 16 weeks are learnt from.", "was chosen at the first of these instants", "only the last 4.0 of 16.0 weeks", "the learnt queue rule pays")),
        ("zh", ("用全部 16 周学习。", "在第一个时刻根据当时已知的数据选定", "只用 16.0 周中最近 4.0 周学习", "学得的排队规则有好处")),
    ],
)  # fmt: skip
def test_the_page_says_how_the_twin_was_learnt_and_why(whole_folder, lang, words):
    html = report_html(whole_folder, lang=lang)
    for word in words:
        assert word in html


def test_a_page_of_a_plant_learnt_before_there_was_a_choice_says_nothing_of_it(whole_folder):
    (whole_folder / "learnt.json").write_text('{"questions": []}', encoding="utf-8")
    older = trust().model_copy(update={"chosen": None})
    (whole_folder / "trust.json").write_text(older.model_dump_json(), encoding="utf-8")
    html = report_html(whole_folder)
    assert "which richer parts" not in html
    assert "was chosen at the first" not in html


def test_the_chinese_page_speaks_chinese(whole_folder):
    html = report_html(whole_folder, lang="zh")
    assert '<html lang="zh-CN">' in html
    for sentence in (
        "孪生更准。",
        "为何？",
        "工单太少",
        "中文 hours double",
        "second saw：更短。",
        "没有已知交期",
    ):
        assert sentence in html


@pytest.mark.parametrize(
    "missing", ["records.parquet", "verdict.json", "learnt.json", "trust.json", "comparison.json"]
)
def test_a_step_that_was_not_taken_is_said_so_and_is_no_error(whole_folder, missing):
    (whole_folder / missing).unlink()
    html = report_html(whole_folder)
    commands = {"verdict.json": "zhizao drop", "trust.json": "zhizao trust", "comparison.json": "zhizao try"}  # fmt: skip
    if missing in commands:
        assert f"Not done yet. Run: <code>{commands[missing]}" in html


def test_an_empty_plant_gives_a_page_with_every_command(tmp_path):
    write_plant(PlantFile(plant=Plant(name="new"), orders=(), scenarios=()), tmp_path)
    html = report_html(tmp_path)
    for command in ("drop", "learn", "trust", "try"):
        assert f"<code>zhizao {command}" in html
    assert len(five_sentences(tmp_path, lang="zh")) == 5


def test_a_broken_file_is_named_with_the_way_out(whole_folder):
    (whole_folder / "trust.json").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match=r"trust.json.*not JSON"):
        report_html(whole_folder)
    (whole_folder / "trust.json").write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match="zhizao trust"):
        report_html(whole_folder)


def test_no_folder_is_an_error_that_says_how_to_make_one(tmp_path):
    with pytest.raises(InputError, match="zhizao drop"):
        report_html(tmp_path / "nowhere")


def test_the_report_is_written_where_it_is_asked_for(whole_folder, tmp_path):
    path = write_report(whole_folder, out=tmp_path / "out" / "r.html", lang="zh")
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_the_scenario_that_helps_most_is_the_one_whose_gain_is_surest():
    best = best_scenario(comparison())
    assert best is not None
    assert best.name == "rush"
    idle = comparison().model_copy(update={"scenarios": (scenario("idle", high=0.5),)})
    assert best_scenario(idle) is None


def test_where_nothing_helps_for_sure_the_likeliest_is_named_with_how_unsure_it_is(whole_folder):
    unsure = comparison().model_copy(update={"scenarios": (scenario("second saw", high=0.5),)})
    (whole_folder / "comparison.json").write_text(unsure.model_dump_json(), encoding="utf-8")
    difference = unsure.scenarios[0].kpis[0].difference
    assert difference is not None
    said = five_sentences(whole_folder, lang="en")[-1]
    assert "No scenario tried (1)" in said
    assert f"second saw, −{-difference:.1f} h, but between" in said
    assert "second saw" in five_sentences(whole_folder, lang="zh")[-1]


@pytest.mark.parametrize(("lang", "held_for"), [("en", "held for 1 of 2"), ("zh", "2 种中 1 种")])
def test_products_and_stages_are_drawn_with_a_mark_for_where_the_forecast_held(lang, held_for):
    def held(name: str, *, by: str = "product", is_held: bool | None = True) -> Held:
        return Held(
            by=by, name=name, orders_scored=9, n_completed=6, median_abs_error_h=4.0, plain_h=5.0,
            kept_p90=0.9, is_held=is_held,
        )  # fmt: skip

    groups = (
        held("axle"),
        held("disc", is_held=False),
        held("nut", is_held=None),
        held("saw", by="stage"),
    )
    shown = where_it_held(trust().model_copy(update={"held": groups}), Words(lang=lang))
    assert shown is not None
    products, stages = shown["pictures"]
    assert held_for in products["title"]
    assert (products["chart"].count("✓"), products["chart"].count("✗")) == (1, 1)
    assert "saw" in stages["chart"]
    assert [("nut" in note, "axle" in note) for note in shown["notes"]] == [(True, False)]


def test_a_delay_that_would_be_shown_as_nothing_is_not_said():
    words = Words(lang="en")
    assert "40 h" in notes_on_forecasts(trust(), words)
    little = trust().model_copy(update={"hidden_delay_h": 0.2})
    assert " 0 h" not in notes_on_forecasts(little, words)


def test_a_back_test_from_before_says_nothing_of_products(whole_folder):
    assert where_it_held(trust(), Words(lang="en")) is None


def test_people_become_numbers_also_where_one_name_is_part_of_another():
    fault = (
        verdict()
        .faults[0]
        .model_copy(
            update={
                "parts": {"ID 1": 0.9, "ID 10": 0.5},
                "done": Text(en="most: ID 1 90%, ID 10 50%", zh="最多：ID 1 90%，ID 10 50%"),
            }
        )
    )
    assert without_people(fault, Words(lang="en")) == "most: operator 1 90%, operator 2 50%"


def test_the_week_of_a_calendar_counts_half_hours_and_nights_into_the_next_day():
    shifts = (Shift(weekday="mon", start="08:00", end="16:30"), Shift(weekday="sun", start="22:00", end="06:00"))  # fmt: skip
    week = open_share_by_hour(Calendar(id="c", shifts=shifts))
    assert week[0][16] == 0.5
    assert sum(map(sum, week)) == 16.5
    assert week[0][5] == 1.0


@pytest.mark.parametrize("package", ["zhizao.serve.report", "zhizao.trial"])
def test_every_sentence_has_both_languages_with_the_same_placeholders(package):
    def fields(text: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    for key, sentence in catalogue(package).items():
        assert set(sentence) == {"en", "zh"}, key
        assert fields(sentence["en"]) == fields(sentence["zh"]), key
        assert sentence["zh"] != sentence["en"] or key == "unit_percent", key


def test_a_plan_in_the_folder_is_a_section_of_the_report(tmp_path):
    at = datetime(2024, 1, 1, 8, tzinfo=UTC)
    one = Assignment(
        order_id="A<1>",
        step=10,
        operation="cut",
        resource="saw",
        start_at=at,
        end_at=at + timedelta(hours=2),
    )
    late = PlannedOrder(order_id="A<1>", product="P", due_at=at, end_at=at + timedelta(hours=2))
    why = WhyLate(order_id="A<1>", late_h=2.0, alone_late_h=2.0, sentence="Its work takes 2 h.")
    plan = Schedule(
        plant="p",
        made_at=at,
        assignments=(one,),
        orders=(late,),
        objective="tardiness",
        values={"tardiness": 2.0},
        why_late=(why,),
    )
    plant = Plant(
        name="p",
        work_centres=(WorkCentre(id="saws"),),
        resources=(Resource(id="saw", work_centre="saws"),),
    )
    write_plant(PlantFile(plant=plant), tmp_path)
    without = report_html(tmp_path, lang="en")
    assert f"zhizao schedule {tmp_path}" in without
    (tmp_path / "plan").mkdir()
    (tmp_path / "plan" / "plan.json").write_text(plan.model_dump_json())
    page = report_html(tmp_path, lang="en")
    assert "a plan is there" in page
    assert "Its work takes 2 h." in page
    assert "A&lt;1&gt;" in page
    assert "A<1>" not in page
    assert "已有计划" in report_html(tmp_path, lang="zh")
