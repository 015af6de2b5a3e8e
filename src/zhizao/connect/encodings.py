"""Which of the older encodings some text is in: the words of its header tell, else its letters.

Nearly any bytes can be decoded in nearly any of them, so that a file decodes says nothing.
"""

import re

from zhizao.connect.synonyms import field_scores

_WIDE = ("gb18030", "cp932", "cp949", "big5")
_NARROW = ("cp1252", "cp1250", "cp1251", "cp1254", "cp1253")
"""Code pages with one byte a letter; where letters leave two open, the first one is taken."""

_HEAD_BYTES = 256 * 1024
_HEADER_LINES = 12
_MOST_NAMES = 80
_CELLS = re.compile(r'[,;\t|"]+')

_SURE_SCORE = 1.5
"""Fit of the header's names to names of columns, in names, above which it decides."""

_SURE_SHARE = 0.3
"""Share of kana among Japanese letters, which other text read as Japanese does not have."""

_HANGUL_SHARE = 0.95
_CYRILLIC_RUN = 2.5
"""Letters outside ASCII that follow each other, on average: whole words of them, not accents."""

_ODD_SHARE = 0.1
_HIGH_RUN = re.compile(rb"(?:[\x81-\xfe][0-9]){2}|[\x80-\xff]+")
"""A character of four bytes in GB18030 (a pair of letter and digit, twice), or bytes above 127."""


def legacy_encoding(data: bytes) -> str:
    """Return the encoding of text that is neither UTF-8 nor UTF-16.

    Examples
    --------
    >>> legacy_encoding("工单号,设备,开始时间".encode("gb18030"))
    'gb18030'
    >>> legacy_encoding("Заказ;Станок;Начало".encode("cp1251"))
    'cp1251'
    >>> legacy_encoding("製造番号,設備,開始日時".encode("cp932"))
    'cp932'
    """
    head = data[:_HEAD_BYTES]
    if len(data) > len(head) and b"\n" in head:
        head = head[: head.rindex(b"\n")]
    scores = {}
    for encoding in (*_WIDE, *_NARROW):
        if (text := _decoded(head, encoding)) is not None:
            scores[encoding] = _header_fit(text)
    best = max(scores, key=scores.__getitem__, default=None)
    if best is not None and scores[best] >= _SURE_SCORE:
        return best
    return _by_letters(head)


def _decoded(head: bytes, encoding: str) -> str | None:
    try:
        return head.decode(encoding)
    except UnicodeDecodeError:
        return None


def _header_fit(text: str) -> float:
    """Return how many names outside ASCII in the first lines fit names of columns."""
    lines = text.splitlines()[:_HEADER_LINES]
    names = [cell.strip() for line in lines for cell in _CELLS.split(line) if not cell.isascii()]
    return sum(
        max(field_scores(name).values(), default=0.0) for name in dict.fromkeys(names[:_MOST_NAMES])
    )


def _by_letters(head: bytes) -> str:
    runs = [len(run) for run in _HIGH_RUN.findall(head)]
    paired = sum(length for length in runs if length > 1)
    if paired > 0.6 * sum(runs):
        for encoding, is_letter, least in (
            ("cp932", _is_kana, _SURE_SHARE),
            ("cp949", _is_hangul, _HANGUL_SHARE),
        ):
            text = _decoded(head, encoding)
            letters = [] if text is None else [c for c in text if c > "\x7f"]
            if letters and sum(map(is_letter, letters)) >= least * len(letters):
                return encoding
        if _decoded(head, "gb18030") is not None:
            return "gb18030"
    if sum(runs) >= _CYRILLIC_RUN * max(len(runs), 1) and _decoded(head, "cp1251") is not None:
        return "cp1251"
    odd = {}
    for encoding in _NARROW:
        if (text := _decoded(head, encoding)) is not None:
            high = [c for c in text if c > "\x7f"]
            odd[encoding] = sum(not c.isalpha() for c in high) / max(len(high), 1)
    if odd.get("cp1252", 1.0) <= _ODD_SHARE or not odd:
        return "cp1252"
    return min(odd, key=odd.__getitem__)


def _is_kana(letter: str) -> bool:
    return "\u3041" <= letter <= "\u30fe"


def _is_hangul(letter: str) -> bool:
    return "\uac00" <= letter <= "\ud7a3"
