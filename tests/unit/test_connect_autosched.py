"""A small AutoSched folder, made by hand: what each file becomes, and each kind of fault."""

import math
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from zhizao._base.errors import InputError, PlantFileError
from zhizao.connect.autosched import read_autosched
from zhizao.model import PlantFile, check_plant, read_plant, write_plant
from zhizao.model.plant import Batch, Rework, Weights

START = datetime(2018, 1, 1, tzinfo=UTC)

TOOL = {"RULE": "rule_HotLotFIRST", "STNFAMLOC": "Fab", "STN": "any"}
STEP = {"ROUTE": "r_1", "PDIST": "uniform", "PTUNITS": "min", "PTPER": "per_lot"}
BY_SETUP = "rank_HP;rank_RSETUP;rank_FIFO"
GAS = {"SETUPGRP": "Gas", "RULE": "rule_LSSU", "WAKERESRANK": "wake_LeastSetupTime"}
MINUTE = {"LTIME": "1.0", "LTUNITS": "min", "ULTIME": "2.0", "ULTUNITS": "min"}
OVEN = {"BATCHCRITF": "crit_sameroutestep", "BATCHPER": "piece"}
RANKED = {"FWLRANK": BY_SETUP}
SMALL = {
    "tool.txt.1l": [
        {**TOOL, **RANKED, **MINUTE, "STNFAM": "Etch", "STNQTY": "3.0", "STNGRP": "Dry"},
        {
            **TOOL,
            **RANKED,
            **GAS,
            "STNFAM": "Implant",
            "STNQTY": "2",
            "STNGRP": "Dry",
            "STNCAP": "2.0",
        },
        {**TOOL, **OVEN, "FWLRANK": "rank_HP;rank_RSETUP;rank_CR", "STNFAM": "Oven", "STNQTY": "1"},
        {**TOOL, **RANKED, "STNFAM": "Track", "STNQTY": "2", "STNCAP": ""},
        {**TOOL, "FWLRANK": "rank_FIFO", "STNFAM": "Pause", "STNQTY": "5", "STNFAMLOC": "Delay"},
    ],
    "part.txt": [
        {
            "PARTGRP": "Saleable",
            "PARTFAM": "memory",
            "PART": "chip",
            "ROUTEFILE": "route_1.txt",
            "ROUTE": "r_1",
        }
    ],
    "route_1.txt": [
        {**STEP, "STEP": "1", "DESC": "clean", "STNFAM": "Etch", "PTIME": "30", "PTIME2": "3"}
        | {"SVESTN": "yes", "FORSTEP": "6", "STEP_CQT": "4", "CQT": "2", "CQTUNITS": "hr"},
        {**STEP, "STEP": "2", "STNFAM": "Implant", "PTIME": "1.2", "PTIME2": "0.06"}
        | {"PTPER": "per_piece", "PartInterval": "0.9", "PartIntUnits": "min"}
        | {"SETUP": "S_A", "WHEN": "need"},
        {
            **STEP,
            "STEP": "3",
            "STNFAM": "Pause",
            "PDIST": "constant",
            "PTIME": "3",
            "PTUNITS": "hr",
        },
        {**STEP, "STEP": "4", "STNFAM": "Oven", "PTIME": "500", "PTIME2": "25"}
        | {"PTPER": "per_batch", "BATCHMN": "75", "BATCHMX": "100"},
        {**STEP, "STEP": "5", "STNFAM": "Track", "PTIME": "2", "PTIME2": "0.1"}
        | {"PTPER": "per_piece", "SETUP": "S_B", "WHEN": "need", "STIME": "8", "STUNITS": "min"},
        {**STEP, "STEP": "6", "STNFAM": "Etch", "PDIST": "constant", "PTIME": "40", "PTIME2": "0"}
        | {"RWKSTEP": "5", "REWORK": "2", "RWKTYPE": "lot", "StepPercent": "50"},
    ],
    "order.txt": [
        {"LOT": "Lot", "PART": "chip", "PRIOR": "10", "PIECES": "25", "START": "01/01/18 00:00:00"}
        | {"RDIST": "constant", "REPEAT": "6", "RUNITS": "hr", "RPT#": "1000", "LOTSPERRPT": "2"}
        | {"DUE": "01/03/18 12:00:00", "ORDER": "O", "HOTLOT": "no"},
        {"LOT": "Hot", "PART": "chip", "PRIOR": "20", "PIECES": "25", "START": "01/01/18 01:00:00"},
    ],
    "WIP.txt": [
        {"LOT": "Init_1", "PART": "chip", "PRIOR": "10", "PIECES": "25"}
        | {"START": "01/01/18 00:00:00", "CURSTEP": "4", "DUE": "01/02/18 06:00:00"},
        {"LOT": "Init_2", "PART": "chip", "PRIOR": "20", "PIECES": "25"}
        | {"START": "01/01/18 00:00:00", "CURSTEP": "6", "TRACE": ""},
    ],
    "setup.txt": [{"CURSETUP": "", "NEWSETUP": "S_A", "STIME": "72", "STUNITS": "min"}],
    "setupgrp.txt": [{"SETUPGRP": "Gas", "SETUP": "S_A", "MINRUN": "7"}],
    "downcal.txt": [
        {"DOWNCALNAME": "BREAK_Dry", "DOWNCALTYPE": "mttf_by_cal"}
        | {"MTTFDIST": "exponential", "MTTF": "10080", "MTTFUNITS": "min"}
        | {"MTTRDIST": "exponential", "MTTR": "90", "MTTRUNITS": "min"}
    ],
    "pmcal.txt": [
        {"PMCALNAME": "Etch_WK", "PMCALTYPE": "mtbpm_by_pieces"}
        | {"MTBPM": "2000", "MTBPMUNITS": "pieces"}
        | {"MTTRDIST": "uniform", "MTTR": "8", "MTTR2": "2", "MTTRUNITS": "hr"},
        {"PMCALNAME": "Oven_MN", "PMCALTYPE": "mtbpm_by_cal", "MTBPM": "30", "MTBPMUNITS": "day"}
        | {"MTTRDIST": "uniform", "MTTR": "12", "MTTR2": "3", "MTTRUNITS": "hr"},
    ],
    "attach.txt": [
        {"CALNAME": "BREAK_Dry", "CALTYPE": "down", "RESTYPE": "stngrp", "RESNAME": "Dry"}
        | {"FOADIST": "exponential", "FOA": "10080", "FOAUNITS": "min"},
        {"CALNAME": "Etch_WK", "CALTYPE": "pm", "RESTYPE": "stnfam", "RESNAME": "Etch"}
        | {"FOADIST": "constant", "FOA": "1500"},
        {"CALNAME": "Oven_MN", "CALTYPE": "pm", "RESTYPE": "stnfam", "RESNAME": "Oven"}
        | {"FOADIST": "constant", "FOA": "20", "FOAUNITS": "day"},
    ],
    "fromto.txt": [
        {"FROMLOC": "Fab", "TOLOC": "Fab", "DDIST": "uniform"}
        | {"DTIME": "7.5", "DTIME2": "2.5", "DUNITS": "min"}
    ],
}


def text_of(rows):
    """Return the file; a row ends with its last cell that is not empty."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    lines = ["\t".join(columns)]
    lines += ["\t".join(row.get(c, "") for c in columns).rstrip("\t") for row in rows]
    return "\n".join(lines) + "\n"


def folder(tmp_path, *changes):
    """Write the small folder; each change is (file, row or None for the header, column, new).

    Rows count as in a spreadsheet: the first below the header is 2.
    """
    files = {name: [dict(row) for row in rows] for name, rows in SMALL.items()}
    for file, number, column, new in changes:
        for row in files[file] if number is None else [files[file][number - 2]]:
            if number is None and column in row:
                row[new] = row.pop(column)
            elif number is not None:
                row[column] = new
    for name, rows in files.items():
        (tmp_path / name).write_text(text_of(rows), encoding="utf-8")
    return tmp_path


def read(tmp_path, *, days=1.0, **options):
    return read_autosched(tmp_path, start_at=START, end_at=START + timedelta(days=days), **options)


@pytest.fixture
def small(tmp_path):
    return read(folder(tmp_path))


@pytest.fixture
def steps(small):
    return {s.step: s for s in small.plant.routings[0].steps}


def faults(tmp_path, *changes):
    with pytest.raises(PlantFileError) as caught:
        read(folder(tmp_path, *changes))
    return [str(f) for f in caught.value.faults]


def test_each_tool_of_a_family_is_a_resource_of_its_work_centre(small):
    counts = [[r.work_centre for r in small.plant.resources].count(c.id) for c in centres(small)]
    assert counts == [3, 2, 1, 2, 5]


def centres(found):
    return found.plant.work_centres


def test_a_tool_with_intervals_is_one_place(small):
    assert {r.capacity for r in small.plant.resources if r.work_centre == "Implant"} == {1}


def test_a_tool_with_intervals_is_set_up_beside_the_lot_before(small):
    found = {r.work_centre: r.cascading_setup for r in small.plant.resources}
    assert found["Implant"] == "beside"
    assert {v for k, v in found.items() if k != "Implant"} == {"empty"}
    assert any("beside the one before it" in text for text in small.assumptions)


def test_places_without_intervals_stay_places(tmp_path):
    found = read(folder(tmp_path, ("tool.txt.1l", 5, "STNCAP", "2")))
    assert {r.capacity for r in found.plant.resources if r.work_centre == "Track"} == {2}


def test_loading_and_unloading_belong_to_the_resource(small):
    assert (small.plant.resources[0].load_min, small.plant.resources[0].unload_min) == (1.0, 2.0)


def test_a_lot_has_the_time_of_its_step(steps):
    time = steps[1].time
    assert (time.setup_min, time.per_piece_min) == (30.0, 0.0)
    assert time.cv == pytest.approx(0.1 / math.sqrt(3.0))


def test_pieces_that_follow_each_other_take_one_time_and_the_intervals(steps):
    time = steps[2].time
    assert time.setup_min + 25 * time.per_piece_min == pytest.approx(1.2 + 24 * 0.9)
    assert steps[2].interval_min == pytest.approx(25 * 0.9)


def test_the_draw_of_one_piece_spreads_a_lot_by_no_more(steps):
    total = 1.2 + 24 * 0.9
    assert steps[2].time.cv * total == pytest.approx(0.06 / math.sqrt(3.0))


def test_pieces_without_interval_add_up(steps):
    assert (steps[5].time.setup_min, steps[5].time.per_piece_min) == (0.0, 2.0)


def test_a_batch_takes_its_time_once(steps):
    assert steps[4].batch == Batch(min_pieces=75, max_pieces=100)
    assert (steps[4].time.setup_min, steps[4].time.per_piece_min) == (500.0, 0.0)


def test_the_way_comes_before_the_queue_where_there_is_one(steps):
    assert [steps[n].delay.mean_min for n in range(1, 7)] == [0.0, 7.5, 0.0, 0.0, 7.5, 7.5]
    assert steps[2].delay.cv == pytest.approx(2.5 / 7.5 / math.sqrt(3.0))


def test_sampling_rework_limits_and_returns_are_kept(steps):
    assert steps[6].probability == 0.5
    assert steps[6].rework == Rework(probability=0.02, to_step=5, max_passes=10)
    assert (steps[1].limit_to_step, steps[1].limit_min) == (4, 120.0)
    assert steps[6].same_resource_as == 1


def test_a_setup_has_the_time_of_the_route_or_of_the_table(small):
    found = {(s.work_centre, s.to_family): s for s in small.plant.setups}
    assert found["Implant", "S_A"].setup_min == 72.0
    assert found["Implant", "S_A"].min_run_lots == 7
    assert found["Track", "S_B"].setup_min == 8.0
    assert found["Track", "S_B"].min_run_lots == 0


def test_a_pair_of_setups_comes_before_any_other(tmp_path):
    files = folder(tmp_path, ("setup.txt", 2, "CURSETUP", ""))
    with (files / "setup.txt").open("a") as file:
        file.write("S_C\tS_A\t5\tmin\n")
    last = SMALL["route_1.txt"][1] | {"STEP": "7", "SETUP": "S_C"}
    (files / "route_1.txt").write_text(text_of([*SMALL["route_1.txt"], last]))
    found = read(files)
    minutes = {
        (s.from_family, s.to_family): s.setup_min
        for s in found.plant.setups
        if s.work_centre == "Implant"
    }
    assert minutes == {(None, "S_A"): 72.0, ("S_C", "S_A"): 5.0, (None, "S_C"): 0.0}


def test_queues_are_ordered_as_the_file_ranks_them(small):
    rules = {c.id: (c.dispatch, c.weights) for c in centres(small)}
    assert rules["Etch"] == ("priority", None)
    assert rules["Pause"] == ("fifo", None)
    assert rules["Implant"] == ("weighted", Weights(wait_h=1.0, priority=1e7, same_setup=1e5))
    assert rules["Oven"] == ("weighted", Weights(priority=1e7, critical_ratio=1.0))


def test_setups_do_not_order_the_queue_of_tools_that_take_one_lot(small):
    assert {c.id: c.dispatch for c in centres(small)}["Track"] == "priority"
    assert any("rank_RSETUP" in text and "not at Track." in text for text in small.assumptions)


def test_an_idle_tool_is_chosen_by_its_setup_where_the_file_says_so(small):
    chosen = {c.id for c in centres(small) if c.idle_choice == "least_setup"}
    assert chosen == {"Implant"}
    assert {c.idle_choice for c in centres(small) if c.id not in chosen} == {"listed"}


def test_breakdowns_reach_all_families_of_a_group(small):
    down = {r.work_centre for r in small.plant.resources if r.failure is not None}
    assert down == {"Etch", "Implant"}
    failure = small.plant.resources[0].failure
    assert (failure.mtbf_h, failure.mttr_h, failure.basis) == (168.0, 1.5, "calendar")


def test_maintenance_by_pieces_is_counted_in_lots_and_spread_over_the_tools(small):
    found = [m for m in small.plant.maintenances if m.every_lots is not None]
    assert [(m.resource, m.every_lots, m.first_lots) for m in found] == [
        ("Etch_1", 80, 20),
        ("Etch_2", 80, 40),
        ("Etch_3", 80, 60),
    ]


def test_maintenance_by_calendar_counts_from_start_to_start(small):
    (found,) = (m for m in small.plant.maintenances if m.every_h is not None)
    assert found.every_h + found.mean_min / 60.0 == pytest.approx(30 * 24)
    assert found.first_h == pytest.approx(20 * 24)
    assert found.cv == pytest.approx(3 / 12 / math.sqrt(3.0))


def test_maintenance_may_begin_at_the_stated_instant_everywhere(tmp_path):
    found = read(folder(tmp_path), spread_first_maintenance=False)
    assert [m.first_lots for m in found.plant.maintenances if m.first_lots] == [60, 60, 60]
    assert any("at the same time" in text for text in found.assumptions)


def test_lots_start_again_and_again_until_before_the_end(small):
    started = [o for o in small.orders if o.id.startswith("Lot_")]
    assert [o.id for o in started] == [f"Lot_{n}" for n in range(1, 9)]
    hours = [(o.release_at - START) / timedelta(hours=1) for o in started]
    assert hours == [0, 0, 6, 6, 12, 12, 18, 18]
    assert {o.due_at - o.release_at for o in started} == {timedelta(days=2.5)}


def test_a_single_start_keeps_its_name(small):
    (hot,) = (o for o in small.orders if o.id == "Hot")
    assert (hot.release_at, hot.due_at, hot.priority) == (START + timedelta(hours=1), None, 20)


def test_the_names_of_lots_do_not_depend_on_the_span(tmp_path):
    files = folder(tmp_path)
    (files / "WIP.txt").unlink()
    later = read_autosched(
        files, start_at=START + timedelta(hours=5), end_at=START + timedelta(hours=7)
    )
    assert [o.id for o in later.orders] == ["Lot_3", "Lot_4"]
    assert later.state is None


def test_lots_in_progress_wait_at_their_step_and_have_no_release(small):
    assert [(s.order_id, s.step, s.status) for s in small.state.lots] == [
        ("Init_1", 4, "waiting"),
        ("Init_2", 6, "waiting"),
    ]
    first = small.orders[0]
    assert (first.id, first.release_at) == ("Init_1", None)
    assert first.due_at == datetime(2018, 1, 2, 6, tzinfo=UTC)


def test_instants_are_in_the_time_zone_of_the_start(tmp_path):
    zone = ZoneInfo("Asia/Shanghai")
    start_at = datetime(2018, 1, 1, tzinfo=zone)
    found = read_autosched(folder(tmp_path), start_at=start_at, end_at=start_at + timedelta(days=1))
    assert found.orders[2].release_at == start_at
    assert found.plant.time_zone == "Asia/Shanghai"


def test_the_plant_is_sound_and_comes_back_from_disk(small, tmp_path):
    assert check_plant(small.plant, small.orders) == ()
    write_plant(PlantFile(plant=small.plant, orders=small.orders), tmp_path / "plant")
    back = read_plant(tmp_path / "plant")
    assert back.plant == small.plant
    assert back.orders == small.orders


def test_what_is_not_used_is_said(small):
    said = "\n".join(small.assumptions)
    for words in ("column 'STN'", "column 'PARTGRP'", "WIP.txt, row 3 is cut short"):
        assert words in said


def test_a_file_that_nothing_asks_for_is_named(tmp_path):
    files = folder(tmp_path)
    (files / "period.txt").write_text("PERIOD\n")
    assert any("'period.txt' is not read" in text for text in read(files).assumptions)


def test_an_unknown_column_is_a_fault_with_its_place(tmp_path):
    (found,) = faults(tmp_path, ("order.txt", None, "PRIOR", "PRIO"))
    assert found.startswith("order.txt, row 1, column 'PRIO'")
    assert "Did you mean 'PRIOR'?" in found


def test_all_faults_come_together_with_file_row_and_column(tmp_path):
    found = faults(
        tmp_path,
        ("route_1.txt", 2, "STNFAM", "Etsch"),
        ("pmcal.txt", 3, "PMCALTYPE", "mtbpm_by_moon"),
        ("order.txt", 3, "START", "2018-01-01"),
    )
    places = [text.split(":", 1)[0].split(";", 1)[0] for text in found]
    assert "route_1.txt, row 2, column 'STNFAM'" in places
    assert "pmcal.txt, row 3, column 'PMCALTYPE'" in places
    assert "order.txt, row 3, column 'START'" in places


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("tool.txt.1l", 2, "STNQTY", "0"), "column 'STNQTY': found '0'; expected a number >= 1"),
        (("tool.txt.1l", 2, "STNQTY", "2.5"), "expected a whole number"),
        (("tool.txt.1l", 2, "FWLRANK", "rank_CR;rank_HP"), "in this order"),
        (("tool.txt.1l", 3, "SETUPGRP", "Gaz"), "a setup group that setupgrp.txt does not have"),
        (("tool.txt.1l", 6, "STNFAM", "Etch"), "stands in an earlier row already"),
        (("tool.txt.1l", 4, "BATCHCRITF", "crit_any"), "expected one of crit_sameroutestep"),
        (("route_1.txt", 5, "PTPER", "per_lot"), "exactly where PTPER is per_batch"),
        (("route_1.txt", 5, "BATCHMX", "50"), "expected at least BATCHMN, 75"),
        (("route_1.txt", 5, "STNFAM", "Etch"), "has no BATCHCRITF"),
        (("route_1.txt", 7, "RWKSTEP", "7"), "this one or an earlier step"),
        (("route_1.txt", 2, "FORSTEP", "3"), "done by another station family"),
        (("route_1.txt", 2, "FORSTEP", ""), "exactly where SVESTN 'yes' is given"),
        (("route_1.txt", 2, "STEP_CQT", "1"), "expected a later step"),
        (("route_1.txt", 3, "PartInterval", "1.19"), "at most the shortest time, 1.14"),
        (("route_1.txt", 3, "STNFAM", "Etch"), "takes one lot only; see STNCAP"),
        (("route_1.txt", 3, "PTPER", "per_lot"), "only where PTPER is per_piece"),
        (("route_1.txt", 6, "WHEN", "always"), "found 'always'; expected one of need"),
        (("route_1.txt", 7, "StepPercent", "150"), "a percentage between 0 and 100"),
        (("route_1.txt", 4, "STEP", "2"), "expected more than the step before, 2"),
        (("route_1.txt", 2, "PTIME2", "33"), "half the range must not exceed"),
        (("part.txt", 2, "ROUTEFILE", "route_2.txt"), "there is no such file"),
        (("part.txt", 2, "ROUTE", "r_2"), "has no such route. Did you mean 'r_1'?"),
        (("order.txt", 3, "PART", "chips"), "Did you mean 'chip'?"),
        (("order.txt", 2, "DUE", "01/03/17 12:00:00"), "expected not before START"),
        (("WIP.txt", 2, "LOT", "Lot_1"), "the repeating start 'Lot' makes the same"),
        (("WIP.txt", 3, "LOT", "Init_1"), "another lot has this name"),
        (("WIP.txt", 3, "START", "01/02/18 00:00:00"), "the run starts at 01/01/18"),
        (("WIP.txt", 3, "CURSTEP", "9"), "expected a step of the route of 'chip'"),
        (("attach.txt", 4, "RESNAME", "Ofen"), "Did you mean 'Oven'?"),
        (("attach.txt", 4, "CALNAME", "Etch_WK"), "no row of attach.txt attaches"),
        (("pmcal.txt", 3, "MTBPM", "0.4"), "expected more than the mean duration"),
        (("setup.txt", 2, "STUNITS", "min\tx"), "the row has 5 cells, expected at most 4"),
        (("setup.txt", None, "NEWSETUP", "CURSETUP "), "the column comes twice"),
        (("downcal.txt", 2, "DOWNCALTYPE", "mttf_by_run"), "expected one of mttf_by_cal"),
        (("fromto.txt", 2, "DUNITS", "mn"), "Did you mean 'min'?"),
    ],
)
def test_a_fault_says_what_is_wrong(tmp_path, change, words):
    found = faults(tmp_path, change)
    assert any(words in text for text in found), found


def test_a_missing_file_is_a_fault(tmp_path):
    files = folder(tmp_path)
    (files / "part.txt").unlink()
    with pytest.raises(PlantFileError, match=r"part\.txt; the file is missing"):
        read(files)


def test_a_span_needs_two_instants_with_a_time_zone(tmp_path):
    with pytest.raises(InputError, match="two instants with a time zone"):
        read_autosched(tmp_path, start_at=START, end_at=START)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match="is not a folder"):
        read(tmp_path / "nowhere")


def test_wide_text_and_comments_are_read(tmp_path):
    files = folder(tmp_path)
    path = files / "setup.txt"
    text = path.read_text().rstrip() + " ~ said Tuesday\n~ all of it\n"
    path.write_text(text, encoding="utf-16")
    other = tmp_path / "plain"
    other.mkdir()
    assert read(files).plant.setups == read(folder(other)).plant.setups
