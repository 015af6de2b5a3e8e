"""The report's words, bound to one language."""

from dataclasses import dataclass
from typing import Any

from zhizao._base.words import Lang, say


@dataclass(frozen=True, kw_only=True)
class Words:
    """The report's words in one language."""

    lang: Lang

    def __call__(self, key: str, **values: Any) -> str:
        """Return a sentence.

        Examples
        --------
        >>> Words(lang="zh")("n_orders", n=3)
        '3 张工单'
        """
        return say("zhizao.serve.report", key, lang=self.lang, **values)
