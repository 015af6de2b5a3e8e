"""``zhizao drop``: records in, with a verdict on them."""

from pathlib import Path
from typing import Annotated

import typer

from zhizao.cli._terminal import AsJson, Language, print_json, print_line, print_table, progress_bar

_LABELS = {"en": "reading", "zh": "读取中"}
_MAPPING_HEADINGS = {"en": ["field", "column of the file"], "zh": ["字段", "文件中的列"]}
_FAULT_HEADINGS = {
    "en": ["code", "fault", "rows", "share", "what was done"],
    "zh": ["代码", "缺陷", "行数", "占比", "处理"],
}
_UNMAPPED = {"en": "columns that are not read", "zh": "未使用的列"}


def command(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE…", help="operation records and order tables: CSV, Excel, Parquet, XES"
        ),
    ],
    into: Annotated[Path, typer.Option("--into", help="the plant folder, made if absent")],
    mapping: Annotated[
        Path | None, typer.Option("--mapping", help="a mapping.toml, corrected by hand")
    ] = None,
    time_zone: Annotated[
        str | None,
        typer.Option("--time-zone", help="zone of clock times without one, e.g. Asia/Shanghai"),
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", help="name of the plant; the folder's if not given")
    ] = None,
    keep_operator_names: Annotated[
        bool,
        typer.Option("--keep-operator-names", help="keep names of people instead of pseudonyms"),
    ] = False,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Read records into a plant folder; show the mapping and the verdict on the data."""
    from zhizao.serve.steps import drop

    with progress_bar(_LABELS[lang]) as progress:
        result = drop(
            files, into=into, mapping=mapping, time_zone=time_zone, name=name,
            keep_operator_names=keep_operator_names, progress=progress,
        )  # fmt: skip
    verdict = result.verdict
    if as_json:
        print_json(verdict.model_dump(mode="json"))
        return
    for table in result.mapping.tables:
        print_table(
            _MAPPING_HEADINGS[lang],
            [(field, column) for field, column in table.columns.items()],
            title=f"{table.file} ({table.kind})",
        )
        if table.unmapped:
            print_line(f"{_UNMAPPED[lang]}: {', '.join(table.unmapped)}")
    print_line()
    print_line(verdict.headline.in_(lang))
    print_table(
        _FAULT_HEADINGS[lang],
        [
            (f.code, f.name.in_(lang), f"{f.rows:,}", f"{100 * f.share:.1f} %", f.done.in_(lang))
            for f in verdict.faults
        ],
    )
    for note in verdict.notes:
        print_line(f"- {note.in_(lang)}")
    print_line(f"→ {into}/verdict.json  {into}/mapping.toml  {into}/set_aside.csv")
