"""Section 1: the verdict on the data, without anybody's name in it."""

from typing import Any

from zhizao._base.words import Lang
from zhizao.connect import Verdict
from zhizao.connect.verdict import Fault
from zhizao.serve.drawing.charts import share_bar
from zhizao.serve.report.wording import Words

_PERSONAL = "operator"
_N_EXAMPLES = 5
_HEADINGS = {
    "order_id": "col_order",
    "operation": "col_operation",
    "resource": "col_resource",
    "start_at": "col_start",
    "end_at": "col_end",
    "good_quantity": "col_quantity",
}


def verdict_section(verdict: Verdict | None, *, lang: Lang) -> dict[str, Any] | None:
    """Return what the page says of the data, or None where it was not judged.

    Parameters
    ----------
    verdict : Verdict or None
        From ``verdict.json``.
    lang : {"en", "zh"}
        Language.
    """
    if verdict is None:
        return None
    words = Words(lang=lang)
    facts = words(
        "verdict_facts",
        n_rows=f"{verdict.n_rows:,}",
        n_set_aside=f"{verdict.n_set_aside:,}",
        n_usable=f"{verdict.n_usable:,}",
        usable=f"{verdict.usable_share:.0%}",
    )
    if verdict.n_set_aside:
        facts += " " + words("set_aside_file")
    not_looked = "; ".join(
        f"{code} ({', '.join(columns)})" if columns else code
        for code, columns in verdict.not_looked_for.items()
    )
    return {
        "facts": facts,
        "notes": [note.in_(lang) for note in verdict.notes],
        "rows": [_row(fault, words) for fault in verdict.faults],
        "not_looked": words("not_looked_for", codes=not_looked) if not_looked else "",
    }


def _row(fault: Fault, words: Words) -> dict[str, Any]:
    examples = fault.examples[:_N_EXAMPLES]
    columns = [
        c for c in dict.fromkeys(name for e in examples for name in e.cells) if c != _PERSONAL
    ]
    return {
        "code": fault.code,
        "name": fault.name.in_(words.lang),
        "n": f"{fault.rows:,}",
        "share": f"{fault.share:.1%}",
        "bar": share_bar(fault.share, width=90),
        "effect": fault.effect.in_(words.lang),
        "done": without_people(fault, words),
        "headings": [
            words("col_file_row"),
            *(words(_HEADINGS[c]) if c in _HEADINGS else c for c in columns),
        ],
        "examples": [
            [_where(e.source, e.source_row), *(_short(e.cells.get(c)) for c in columns)]
            for e in examples
        ],
    }


def without_people(fault: Fault, words: Words) -> str:
    """Return what was done about a fault, with numbers in the place of people.

    The parts of a fault that concerns operators are named after them.
    """
    done = fault.done.in_(words.lang)
    if _PERSONAL not in fault.code:
        return done
    ranked = sorted(fault.parts, key=lambda name: -fault.parts[name])
    numbers = {name: words("some_operator", n=i) for i, name in enumerate(ranked, start=1)}
    for name in sorted(numbers, key=len, reverse=True):
        done = done.replace(f"{name} ", f"{numbers[name]} ")
    return done


def _where(source: str | None, row: int | None) -> str:
    return " : ".join(str(part) for part in (source, row) if part is not None) or "–"


def _short(cell: str | None) -> str:
    """Show an ISO instant without its offset; the page states the zone once."""
    if cell is None:
        return "–"
    if len(cell) >= 19 and cell[4] == cell[7] == "-" and cell[10] == "T":
        return cell[:16].replace("T", " ")
    return cell
