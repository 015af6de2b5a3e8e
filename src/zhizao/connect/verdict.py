"""Verdict: what is wrong with the data, how much of it, and what was done."""

from collections.abc import Callable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from zhizao._base.words import Lang, say

Treatment = Literal["kept", "repaired", "set aside"]


class Text(BaseModel):
    """A sentence in English and Chinese."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    en: str
    zh: str

    def in_(self, lang: Lang) -> str:
        """Return the sentence in a language.

        Examples
        --------
        >>> Text(en="order", zh="工单").in_("zh")
        '工单'
        """
        return self.en if lang == "en" else self.zh


def text(key: str, **values: Any) -> Text:
    """Return a sentence of this room; a value that is itself a ``Text`` or a function of the language is put in as such.

    Examples
    --------
    >>> text("day", n=3).en
    '3 days'
    """

    def spoken(value: Any, lang: Lang) -> Any:
        if isinstance(value, Text):
            return value.in_(lang)
        return value(lang) if isinstance(value, Callable) else value  # type: ignore[arg-type]

    languages: tuple[Lang, ...] = ("en", "zh")
    said = {
        lang: say(
            "zhizao.connect", key, lang=lang, **{n: spoken(v, lang) for n, v in values.items()}
        )
        for lang in languages
    }
    return Text(**said)


class Example(BaseModel):
    """A row that shows a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str | None = Field(description="file")
    source_row: int | None = Field(description="row as a spreadsheet counts it")
    cells: dict[str, str] = Field(description="some of its values; instants are local")


class Fault(BaseModel):
    """One class of faults that was found."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str = Field(description="one of the codes in the documentation")
    name: Text = Field(description="what it is called")
    rows: int = Field(description="rows that show it, of all rows read")
    share: float = Field(description="rows divided by all rows read")
    orders: int | None = Field(default=None, description="different orders among these rows")
    parts: dict[str, float] = Field(
        default_factory=dict,
        description="share of the rows of a resource or operator; or shift_h, edge_h; or rows of a pair",
    )
    effect: Text = Field(description="what it will do to the twin")
    treatment: Treatment = Field(description="what happened to most of the rows")
    done: Text = Field(description="what was done, and why")
    examples: tuple[Example, ...] = Field(default=(), description="a few rows")


class Verdict(BaseModel):
    """The verdict on the data of a drop."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    headline: Text = Field(
        description="the verdict in one sentence, and the key columns that are absent"
    )
    n_rows: int = Field(description="operation reports read; marker rows are not counted")
    n_orders: int = Field(description="different orders in them")
    n_set_aside: int = Field(description="rows that are not in the records")
    n_usable: int = Field(description="rows from which a working time can be read")
    usable_share: float = Field(description="n_usable divided by n_rows")
    first_at: str | None = Field(description="earliest instant, local, ISO 8601")
    last_at: str | None = Field(description="latest instant, local, ISO 8601")
    time_zone: str = Field(description="IANA name of the zone that local times are shown in")
    faults: tuple[Fault, ...] = Field(description="what was found, the costliest first")
    not_found: tuple[str, ...] = Field(description="codes looked for and not found")
    not_looked_for: dict[str, tuple[str, ...]] = Field(
        description="codes that could not be looked for, with the columns that are missing"
    )
    notes: tuple[Text, ...] = Field(default=(), description="what else was assumed or left out")

    def fault(self, code: str) -> Fault | None:
        """Return the fault with a code, or None if it was not found."""
        return next((fault for fault in self.faults if fault.code == code), None)
