"""The same work as many plants write it: every variant gives the same records."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from zhizao.connect import Drop, mapping_toml, read_drop
from zhizao.connect.columns.guess_fields import kind_of
from zhizao.connect.columns.wide import operation_in

MONDAY = datetime(2024, 3, 4, 6)  # noqa: DTZ001 - clock times without a zone, as files have them
OPERATIONS = ("Sawing", "Milling", "Deburring", "Packing")
DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001


def _work() -> pl.DataFrame:
    rows = []
    for i in range(40):
        at = MONDAY + timedelta(hours=5 * i)
        for k, operation in enumerate(OPERATIONS):
            minutes = 30 + 7 * ((3 * i + k) % 5)
            rows.append(
                (f"WO-{100 + i}", f"P{i % 3}", operation, f"{operation[:4]} {1 + i % 2}",
                 f"Name {(i + k) % 6}", at, at + timedelta(minutes=minutes), 10 + i % 4)
            )  # fmt: skip
            at += timedelta(minutes=minutes + 15)
    names = ["order", "product", "operation", "machine", "worker", "start", "end", "pieces"]
    return pl.DataFrame(rows, schema=names, orient="row")


def _read(folder: Path, **frames: pl.DataFrame) -> Drop:
    for name, frame in frames.items():
        frame.write_csv(folder / f"{name}.csv")
    return read_drop([folder / f"{name}.csv" for name in frames])


def _key(records: pl.DataFrame) -> pl.DataFrame:
    work = records.filter(pl.col("kind") == "run")
    return work.select("order_id", "operation", "start_at", "end_at").sort(pl.all())


EXPECTED = _work().select(
    pl.col("order").alias("order_id"), "operation",
    pl.col("start").dt.replace_time_zone("UTC").dt.cast_time_unit("us").alias("start_at"),
    pl.col("end").dt.replace_time_zone("UTC").dt.cast_time_unit("us").alias("end_at"),
).sort(pl.all())  # fmt: skip


HEADERS = {
    "en": ["Work Order", "Item", "Operation", "Machine", "Operator", "Start", "End", "Qty"],
    "zh": ["工单号", "产品", "工序", "设备", "操作工", "开工时间", "完工时间", "数量"],
    "de": ["Auftrag", "Artikel", "Arbeitsgang", "Maschine", "Mitarbeiter", "Beginn", "Ende", "Menge"],
    "es": ["Orden", "Producto", "Operación", "Máquina", "Operario", "Inicio", "Fin", "Cantidad"],
    "fr": ["N° OF", "Article", "Opération", "Poste", "Opérateur", "Date début", "Date fin", "Quantité"],
    "it": ["Commessa", "Articolo", "Fase", "Macchina", "Operatore", "Inizio", "Fine", "Quantità"],
    "pt": ["Ordem", "Produto", "Operação", "Máquina", "Operador", "Início", "Fim", "Quantidade"],
    "pl": ["Zlecenie", "Wyrób", "Operacja", "Maszyna", "Pracownik", "Rozpoczęcie", "Zakończenie", "Ilość"],
    "ru": ["Заказ", "Изделие", "Операция", "Станок", "Рабочий", "Начало", "Окончание", "Количество"],
    "ja": ["製造番号", "品番", "工程", "設備", "作業者", "開始日時", "終了日時", "数量"],
    "ko": ["작업지시번호", "품목", "공정", "설비", "작업자", "시작시간", "종료시간", "수량"],
    "tr": ["İş Emri", "Ürün", "Operasyon", "Makine", "Operatör", "Başlangıç", "Bitiş", "Miktar"],
    "nl": ["Werkorder", "Artikelcode", "Bewerking", "Werkplek", "Medewerker", "Starttijd", "Eindtijd", "Aantal"],
    "cs": ["Zakázka", "Výrobek", "Operace", "Stroj", "Pracovník", "Zahájení", "Ukončení", "Množství"],
}  # fmt: skip


@pytest.mark.parametrize("language", HEADERS)
def test_columns_are_known_in_many_languages(language: str, tmp_path: Path) -> None:
    header = HEADERS[language]
    frame = _work().rename(dict(zip(_work().columns, header, strict=True)))
    drop = _read(tmp_path, work=frame)
    assert drop.mapping.tables[0].columns == dict(
        zip(
            ["order_id", "product", "operation", "resource", "operator", "start_at", "end_at", "order_quantity"],
            header, strict=True,
        )
    )  # fmt: skip
    assert _key(drop.records.operations).equals(EXPECTED)


def test_dates_as_serial_numbers_of_a_spreadsheet(tmp_path: Path) -> None:
    serial = [
        ((pl.col(c) - DAY_ZERO).dt.total_microseconds() / 86_400e6).round(6).alias(c)
        for c in ("start", "end")
    ]
    drop = _read(tmp_path, work=_work().with_columns(serial))
    assert _key(drop.records.operations).equals(EXPECTED)


@pytest.mark.parametrize(("into", "out"), [("IN", "OUT"), ("Enter", "Exit"), ("进站", "出站")])
def test_events_of_entering_and_leaving_a_station(into: str, out: str, tmp_path: Path) -> None:
    work = _work()
    events = pl.concat(
        work.select(
            pl.col("order").alias("lot"), pl.col("operation").alias("station"),
            pl.lit(word).alias("event"), pl.col(column).alias("time"),
        )
        for word, column in ((into, "start"), (out, "end"))
    ).sort("time")  # fmt: skip
    drop = _read(tmp_path, events=events)
    assert drop.mapping.tables[0].layout == "row_per_event"
    assert _key(drop.records.operations).equals(EXPECTED)


@pytest.mark.parametrize(
    ("work", "setup", "column"),
    [("Produktion", "Rüsten", "Buchungsart"), ("加工", "换型", "类型"), ("RUN", "SETUP", "xyz")],
)
def test_rows_of_changeovers_are_told_from_work(
    work: str, setup: str, column: str, tmp_path: Path
) -> None:
    runs = _work().with_columns(pl.lit(work).alias(column))
    changes = runs.filter(pl.col("operation") == "Milling").with_columns(
        pl.lit(setup).alias(column), end=pl.col("start"), start=pl.col("start") - timedelta(minutes=9)
    )  # fmt: skip
    drop = _read(tmp_path, work=pl.concat([runs, changes]))
    kinds = dict(drop.records.operations["kind"].value_counts().iter_rows())
    assert kinds == {"run": EXPECTED.height, "setup": changes.height}
    assert _key(drop.records.operations).equals(EXPECTED)


def test_states_of_machines_come_beside_the_work(tmp_path: Path) -> None:
    states = pl.DataFrame(
        {
            "Machine": ["Mill 1", "Mill 1", "Mill 2", "Mill 2"],
            "State": ["RUN", "DOWN", "IDLE", "SETUP"],
            "Reason": ["", "spindle", "", "new part"],
            "From": [MONDAY + timedelta(hours=h) for h in (1, 2, 3, 4)],
            "To": [MONDAY + timedelta(hours=h) for h in (2, 3, 4, 5)],
        }
    )
    drop = _read(tmp_path, work=_work(), states=states)
    others = drop.records.operations.filter(pl.col("kind") != "run")
    assert others.select("resource", "kind", "operation").rows() == [
        ("Mill 1", "down", "spindle"),
        ("Mill 2", "setup", "new part"),
    ]
    aside = drop.set_aside.filter(pl.col("source") == "states.csv")
    assert aside.select("source_row", "reasons", "State").rows() == [
        (2, "machine_state", "RUN"),
        (4, "machine_state", "IDLE"),
    ]
    assert _key(drop.records.operations).equals(EXPECTED)


def _wide(name: Callable[[str, str], str], roles: tuple[str, ...]) -> pl.DataFrame:
    work = _work()
    wide = work.select(pl.col("order").alias("Order"), pl.col("product").alias("Part")).unique(
        maintain_order=True
    )
    for operation in OPERATIONS:
        own = work.filter(pl.col("operation") == operation)
        columns = [pl.col(role).alias(name(operation, role)) for role in roles]
        wide = wide.join(own.select(pl.col("order").alias("Order"), *columns), on="Order")
    return wide


@pytest.mark.parametrize("form", ["{0} {1}", "{1} of {0}", "{0}_{1}"])
def test_a_row_an_order_with_start_and_end_of_each_operation(form: str, tmp_path: Path) -> None:
    wide = _wide(form.format, ("start", "end"))
    empty = pl.DataFrame({"Order": ["WO-999"], "Part": ["P1"]})
    drop = _read(tmp_path, orders=pl.concat([wide, empty], how="diagonal"))
    assert drop.mapping.tables[0].layout == "row_per_order"
    assert (
        _key(drop.records.operations)
        .with_columns(pl.col("operation").str.strip_prefix("of "))
        .equals(EXPECTED)
    )
    assert drop.set_aside["source_row"].to_list() == [wide.height + 2]
    assert drop.set_aside["Order"].to_list() == ["WO-999"]


def test_a_row_an_order_with_the_end_of_each_operation(tmp_path: Path) -> None:
    drop = _read(tmp_path, orders=_wide(lambda operation, _: operation, ("end",)))
    ends = EXPECTED.select("order_id", "operation", "end_at").sort(pl.all())
    found = drop.records.operations.select("order_id", "operation", "end_at").sort(pl.all())
    assert found.equals(ends)
    assert drop.records.operations["start_at"].null_count() == ends.height


def test_an_order_table_with_many_dates_stays_one(tmp_path: Path) -> None:
    orders = (
        _work()
        .group_by("order", maintain_order=True)
        .agg(
            pl.col("pieces").first(),
            pl.col("start").min().alias("release date"),
            pl.col("end").max().alias("due date"),
        )
    )
    drop = _read(tmp_path, work=_work().drop("pieces"), orders=orders)
    assert [t.kind for t in drop.mapping.tables] == ["operations", "orders"]


def test_the_mapping_of_every_variant_can_be_written_and_read_again(tmp_path: Path) -> None:
    first = _read(tmp_path, orders=_wide("{0} {1}".format, ("start", "end")))
    (tmp_path / "mapping.toml").write_text(mapping_toml(first.mapping), encoding="utf-8")
    again = read_drop([tmp_path / "orders.csv"], mapping=tmp_path / "mapping.toml")
    assert again.mapping.tables[0].steps == first.mapping.tables[0].steps
    assert again.records.operations.equals(first.records.operations)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [("Umrüsten", "setup"), ("机床故障", "down"), ("наладка", "setup"), ("standby", "idle"), ("Drehen", None)],
)  # fmt: skip
def test_words_for_kinds_of_rows(text: str, meaning: str | None) -> None:
    assert kind_of(text) == meaning


def test_a_name_that_is_only_a_time_is_no_operation() -> None:
    assert operation_in("Start") == ("Start", "end_at")
