"""Tables of where values come from: what was learnt from how much, and what people answered."""

from zhizao.model.files.columns import Table, column_of
from zhizao.model.plant import Answer, Provenance

PROVENANCE = Table(
    name="provenance",
    noun=Provenance,
    columns=(
        column_of(Provenance, "where"),
        column_of(Provenance, "source"),
        column_of(Provenance, "level"),
        column_of(Provenance, "n", kind="integer"),
        column_of(Provenance, "value", kind="number"),
        column_of(Provenance, "low", kind="number"),
        column_of(Provenance, "high", kind="number"),
        column_of(Provenance, "note"),
    ),
)

ANSWERS = Table(
    name="answers",
    noun=Answer,
    key=("question", "about"),
    columns=(
        column_of(Answer, "question"),
        column_of(Answer, "about"),
        column_of(Answer, "value"),
    ),
)
