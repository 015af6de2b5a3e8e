"""Which of the older encodings some text is in: the words of its header tell, else its letters.

Nearly any bytes can be decoded in nearly any of them, so that a file decodes says nothing.
"""

import re
from collections.abc import Callable

from zhizao.connect.synonyms import field_scores, plain, vocabulary

_WIDE = ("gb18030", "cp932", "cp949", "big5")
_NARROW = ("cp1252", "cp1250", "cp1251", "cp1254", "cp1253")
"""Code pages with one byte a letter; where letters leave two open, the first one is taken."""

_SPOKEN = ("cp1250", "cp1254")

_HEAD_BYTES = 256 * 1024
_HEADER_LINES = 12
_MOST_NAMES = 80
_CELLS = re.compile(r'[,;\t|"]+')

_SURE_SCORE = 1.5
"""Fit of the header's names to names of columns, in names, above which it decides."""

_KANA_SHARE = 0.3
"""Share of kana among Japanese letters, which other text read as Japanese does not have."""

_HANGUL_SHARE = 0.95
_CYRILLIC_SHARE = 0.9
_CYRILLIC = re.compile(rb"[\xa8\xb8\xc0-\xff]")
_CYRILLIC_RUN = 2.5
"""Letters outside ASCII that follow each other, on average: whole words of them, not accents."""

_EVEN_SHARE = 0.75
"""Share of runs of an even length from which letters have two bytes; 'größer' has one, too."""

_ODD_SHARE = 0.1
_HIGH_RUN = re.compile(rb"(?:[\x81-\xfe][0-9]){2}|[\x80-\xff]+")
"""A character of four bytes in GB18030 (a pair of letter and digit, twice), or bytes above 127."""


_FOUR_BYTES = re.compile(rb"[\x81-\xfe][0-9][\x81-\xfe][0-9]")
_FOUR_SHARE = 0.25
"""Share of bytes above 127 that stand in characters of four bytes, which only GB18030 has."""


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
    best = max(scores.values(), default=0.0)
    tied = [encoding for encoding, score in scores.items() if score == best]
    if best < _SURE_SCORE:
        return "gb18030" if _has_fours(head) else _by_letters(head)
    return max(tied, key=lambda encoding: _spoken(head, encoding)) if len(tied) > 1 else tied[0]


def _spoken(head: bytes, encoding: str) -> int:
    """Return how many names in the first lines are words of a language that needs an encoding.

    Names are compared without accents, which is all that sets some encodings apart.
    """
    words = vocabulary("encodings", encoding) if encoding in _SPOKEN else frozenset()
    lines = head.decode(encoding).splitlines()[:_HEADER_LINES]
    names = {plain(cell) for line in lines for cell in _CELLS.split(line)}
    return sum(any(word in name.split() for word in words) for name in names)


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


def _has_fours(head: bytes) -> bool:
    """Return whether many bytes stand in characters of four bytes."""
    in_fours = 2 * len(_FOUR_BYTES.findall(head))
    n_bytes = sum(byte > 0x7F for byte in head)
    return in_fours >= max(1, _FOUR_SHARE * n_bytes) and _decoded(head, "gb18030") is not None


def _by_letters(head: bytes) -> str:
    runs = [len(run) for run in _HIGH_RUN.findall(head)]
    n_high = max(sum(runs), 1)
    if _share(head, "cp932", _is_kana) >= _KANA_SHARE:
        return "cp932"
    is_words = n_high >= _CYRILLIC_RUN * len(runs)
    if is_words and len(_CYRILLIC.findall(head)) >= _CYRILLIC_SHARE * n_high:
        return "cp1251"
    n_even = sum(length % 2 == 0 for length in runs)
    if sum(n for n in runs if n > 1) > 0.6 * n_high and n_even >= _EVEN_SHARE * len(runs):
        if _share(head, "cp949", _is_hangul) >= _HANGUL_SHARE:
            return "cp949"
        if _decoded(head, "gb18030") is not None:
            return "gb18030"
    odd = {}
    for encoding in _NARROW:
        if (text := _decoded(head, encoding)) is not None:
            high = [c for c in text if c > "\x7f"]
            odd[encoding] = sum(not c.isalpha() for c in high) / max(len(high), 1)
    if odd.get("cp1252", 1.0) <= _ODD_SHARE or not odd:
        return "cp1252"
    return min(odd, key=odd.__getitem__)


def _share(head: bytes, encoding: str, is_letter: Callable[[str], bool]) -> float:
    """Return the share of some letters among those outside ASCII; 0 where it cannot be decoded."""
    text = _decoded(head, encoding)
    high = [c for c in text or "" if c > "\x7f"]
    return sum(map(is_letter, high)) / max(len(high), 1)


def _is_kana(letter: str) -> bool:
    return "\u3041" <= letter <= "\u30fe"


def _is_hangul(letter: str) -> bool:
    return "\uac00" <= letter <= "\ud7a3"
