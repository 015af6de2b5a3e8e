"""What the records cannot tell, and the question to ask a foreman."""

from collections.abc import Iterable
from typing import Any

from pydantic import Field

from zhizao._base.words import Lang, say
from zhizao.model._noun import Noun


class Question(Noun):
    """One thing that could not be learnt."""

    code: str = Field(description="kind of gap, e.g. few_reports")
    about: str = Field(description="resource, operation or product; empty: the plant")
    question: str = Field(description="the question, English")
    question_zh: str = Field(description="the question, Chinese")
    consequence: str = Field(description="what the twin does until it is answered, English")
    consequence_zh: str = Field(description="the same, Chinese")

    def text(self, lang: Lang) -> tuple[str, str]:
        """Return question and consequence in a language."""
        if lang == "zh":
            return self.question_zh, self.consequence_zh
        return self.question, self.consequence


def ask(code: str, about: str | Iterable[str] = "", **values: Any) -> Question:
    """Return a question from the room's words.

    Examples
    --------
    >>> ask("due_dates").code
    'due_dates'
    """
    names = about if isinstance(about, str) else ", ".join(about)
    values["about"] = names

    def word(part: str, lang: Lang) -> str:
        return say("zhizao.learn", f"{code}_{part}", lang=lang, **values)

    return Question(
        code=code,
        about=names,
        question=word("question", "en"),
        question_zh=word("question", "zh"),
        consequence=word("consequence", "en"),
        consequence_zh=word("consequence", "zh"),
    )
