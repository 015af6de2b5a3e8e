"""The page: material → sections → one HTML file."""

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from zhizao._base.files import write_files
from zhizao._base.words import Lang
from zhizao.serve.drawing import page_style
from zhizao.serve.report.material import Material, read_material
from zhizao.serve.report.plan_section import plan_section
from zhizao.serve.report.plant_section import plant_section, records_window
from zhizao.serve.report.steps_picture import steps_picture
from zhizao.serve.report.summary import QUESTIONS, sentences
from zhizao.serve.report.trust_section import trust_section
from zhizao.serve.report.try_section import try_section
from zhizao.serve.report.verdict_section import verdict_section
from zhizao.serve.report.wording import Words


def report_html(folder_path: Path | str, *, lang: Lang = "en") -> str:
    """Return the report of a plant folder as one self-contained HTML page.

    Steps that were not taken yet appear as such, with the command that takes
    them.

    Parameters
    ----------
    folder_path : path
        Plant folder.
    lang : {"en", "zh"}
        Language of the page; names stay as the plant writes them.

    Raises
    ------
    InputError
        If there is no such folder, or its files have faults.

    Examples
    --------
    >>> import tempfile
    >>> from zhizao.model import Plant, PlantFile, write_plant
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_plant(PlantFile(plant=Plant(name="柳州 <1>")), folder)
    ...     html = report_html(folder)
    >>> "柳州 &lt;1&gt;" in html
    True
    """
    material = read_material(Path(folder_path))
    return str(_template().render(**_content(material, lang)))


def write_report(folder_path: Path | str, *, out: Path | str, lang: Lang = "en") -> Path:
    """Write the report of a plant folder to a file and return its path.

    Raises
    ------
    InputError
        If there is no such folder, or its files have faults.
    """
    path = Path(out)
    write_files(path.parent, {path.name: report_html(folder_path, lang=lang)})
    return path


@cache
def _template() -> Any:
    """Return the template; every value is escaped unless a chart function made it."""
    source = files(__package__).joinpath("report.html.j2").read_text(encoding="utf-8")
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["picture"] = Markup  # charts escape the names that they draw
    return environment.from_string(source)


def _content(material: Material, lang: Lang) -> dict[str, Any]:
    words = Words(lang=lang)
    plant = material.plant_file.plant
    orders = material.plant_file.orders
    done = {
        step
        for step, is_done in (
            ("drop", material.records is not None),
            ("learn", bool(plant.routings)),
            ("trust", material.trust is not None),
            ("try", material.comparison is not None),
            ("run", material.plan is not None and material.plan.is_feasible),
        )
        if is_done
    }
    answers = sentences(material, lang=lang)
    return {
        "say": words,
        "lang": "zh-CN" if lang == "zh" else "en",
        "css": page_style(),
        "plant": plant,
        "folder": material.folder,
        "subtitle": _subtitle(material, words),
        "answers": [
            {"question": words(f"ask_{key}"), "sentence": text, "anchor": anchor}
            for (key, anchor), text in zip(QUESTIONS, answers, strict=True)
        ],
        "steps": steps_picture(done, words=words),
        "verdict": verdict_section(material.verdict, lang=lang),
        "learnt": plant_section(plant, orders, material.records, lang=lang),
        "chosen": chosen_of(material.learnt, lang=lang),
        "questions": questions_of(material.learnt, lang=lang),
        "trust": trust_section(material.trust, time_zone=plant.time_zone, lang=lang),
        "plan": plan_section(material.plan, plant, lang=lang),
        "tried": try_section(material.comparison, time_zone=plant.time_zone, lang=lang),
    }


def _subtitle(material: Material, words: Words) -> str:
    window = records_window(material.records) if material.records is not None else None
    if window is None:
        return words("subtitle_no_records")
    zone = ZoneInfo(material.plant_file.plant.time_zone)
    first, last = (f"{at.astimezone(zone):%Y-%m-%d}" for at in window)
    return words("subtitle", first=first, last=last)


def chosen_of(learnt: dict[str, Any] | None, *, lang: Lang) -> str:
    """Return how much history and which richer parts the plant was learnt with, and why.

    Examples
    --------
    >>> chosen_of({"chosen": {"sentence": "All weeks.", "sentence_zh": "全部。"}}, lang="zh")
    '全部。'
    """
    chosen = (learnt or {}).get("chosen") or {}
    return str(chosen.get("sentence_zh" if lang == "zh" else "sentence", ""))


def questions_of(learnt: dict[str, Any] | None, *, lang: Lang) -> list[tuple[str, str]] | None:
    """Return the questions that learning left open, each with its consequence.

    Examples
    --------
    >>> questions_of({"questions": [{"question": "Why?", "consequence": "FIFO."}]}, lang="en")
    [('Why?', 'FIFO.')]
    """
    if learnt is None:
        return None
    suffix = "_zh" if lang == "zh" else ""
    return [
        (str(q[f"question{suffix}"]), str(q[f"consequence{suffix}"]))
        for q in learnt.get("questions", ())
    ]
