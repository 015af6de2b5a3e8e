"""``zhizao drop``: records in, with a verdict on them."""

from pathlib import Path
from typing import Annotated

import typer

from zhizao.cli._terminal import AsJson, Language, print_json, print_line, print_table, progress_bar


def command(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE…", help="operation records and order tables: CSV, Excel, Parquet, XES"),
    ],
    into: Annotated[Path, typer.Option("--into", help="the plant folder, made if absent")],
    mapping: Annotated[
        Path | None, typer.Option("--mapping", help="a mapping.toml, corrected by hand")
    ] = None,
    time_zone: Annotated[
        str | None, typer.Option("--time-zone", help="zone of clock times without one, e.g. Asia/Shanghai")
    ] = None,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Read records into a plant folder; show the mapping and the verdict on the data."""
    from zhizao.serve.steps import drop

    with progress_bar("reading") as progress:
        result = drop(files, into=into, mapping=mapping, time_zone=time_zone, progress=progress)
    verdict = result.verdict
    if as_json:
        print_json(verdict.model_dump(mode="json"))
        return
    print_table(*result.mapping.to_rows(lang=lang))
    print_line(verdict.headline(lang=lang))
    print_table(*verdict.to_rows(lang=lang))
    for line in verdict.notes(lang=lang):
        print_line(f"- {line}")
    print_line()
    print_line(f"→ {into}/mapping.toml  {into}/verdict.json  {into}/set_aside.csv")
