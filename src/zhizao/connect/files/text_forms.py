"""Tables drawn with signs: ruled lines, bars around rows, columns of a fixed width.

Lists of ERP systems and the output of database clients look like this. They are turned into
delimited text line by line, so that the number of a row stays that of its line.
"""

import re
from collections.abc import Iterator
from itertools import islice, pairwise

_RULED = re.compile(r"^(?=.*-{3}|.*={3}|.*\+-)[\s|+=\-]*$", re.MULTILINE)
_DASHES = re.compile(r"^[ \t]*-{2,}(?:[ \t]+-+)+[ \t]*$")
_SIGNS = frozenset(",;\t|")
_SAMPLE_LINES = 400
_LEAST_COLUMNS = 3
_LEAST_SHARE = 0.9


def each_line(text: str) -> Iterator[str]:
    r"""Return the lines of a text one by one, with their ends; the text is not copied.

    Examples
    --------
    >>> list(each_line("a\nb"))
    ['a\n', 'b']
    """
    at = 0
    while at < len(text):
        end = text.find("\n", at) + 1 or len(text)
        yield text[at:end]
        at = end


def first_lines(text: str, n: int) -> list[str]:
    r"""Return the first lines of a text without their ends, as ``split`` does; the rest is not copied.

    Examples
    --------
    >>> first_lines("a\nb\n", 2), first_lines("a\n", 2)
    (['a', 'b'], ['a', ''])
    """
    lines = [line.removesuffix("\n") for line in islice(each_line(text), n)]
    is_whole = len(lines) < n and (not text or text.endswith("\n"))
    return [*lines, ""] if is_whole else lines


def without_lines(text: str) -> str:
    r"""Return a text without its ruled lines and without bars around its rows.

    Examples
    --------
    >>> without_lines("+---+---+\n| a | b |\n+---+---+\n| 1 | 2 |\n")
    '\n a | b \n\n 1 | 2 \n'
    """
    head = first_lines(text, _SAMPLE_LINES)
    if any(_RULED.match(line) for line in head if line.strip()):
        text = _RULED.sub("", text)
        head = first_lines(text, _SAMPLE_LINES)
    barred = [line for line in head if "|" in line]
    framed = [line for line in barred if line.startswith("|") and line.rstrip().endswith("|")]
    if len(barred) > 1 and len(framed) == len(barred):
        text = re.sub(r"^\|(.*)\|[ \t]*$", r"\1", text, flags=re.MULTILINE)
    return text


def with_open_end(text: str, delimiter: str) -> str:
    r"""Return a text whose header has a delimiter at its end where all rows have one.

    Examples
    --------
    >>> with_open_end("a;b\n1;2;\n3;4;\n", ";")
    'a;b;\n1;2;\n3;4;\n'
    """
    header, *below = first_lines(text, _SAMPLE_LINES + 1)
    rows = [line for line in below if line.strip()]
    if header.endswith(delimiter) or not rows:
        return text
    n = header.count(delimiter)
    if all(row.endswith(delimiter) and row.count(delimiter) == n + 1 for row in rows):
        return f"{header}{delimiter}{text[len(header) :]}"
    return text


def of_fixed_width(text: str) -> str | None:
    r"""Return a table in columns of a fixed width as text delimited by tabs; None if it is none.

    Columns end where a line of dashes does; without one, where no line of the sample has
    a sign. What has no name above it belongs to the column before it.

    Examples
    --------
    >>> of_fixed_width("ORDER  STEP  START\nA1     cut   2024-03-04 06:00\nB2     mill  2024-03-04 07:00\n")
    'ORDER\tSTEP\tSTART\nA1\tcut\t2024-03-04 06:00\nB2\tmill\t2024-03-04 07:00\n'
    """
    lines = text.rstrip("\n").split("\n")
    sample = [line for line in lines[:_SAMPLE_LINES] if line.strip()]
    if len(sample) < _LEAST_COLUMNS or any("\t" in line for line in sample):
        return None
    if len(sample) > 1 and _DASHES.match(sample[1]):
        begins = [found.start() for found in re.finditer(r"-+", sample[1])]
        lines[lines.index(sample[1])] = ""
    else:
        begins = _begins(sample)
    if len(begins) < _LEAST_COLUMNS:
        return None
    begins[0] = 0
    spans = [*pairwise(begins), (begins[-1], max(map(len, lines)) + 1)]
    return "\n".join(
        "\t".join(line[a:b].strip() for a, b in spans) if line.strip() else "" for line in lines
    ) + ("\n" if text.endswith("\n") else "")


def _begins(sample: list[str]) -> list[int]:
    """Return where columns begin: after blanks in every line, below a name."""
    width = max(map(len, sample))
    is_used = [any(i < len(line) and line[i] != " " for line in sample) for i in range(width)]
    found = [i for i in range(width) if is_used[i] and (i == 0 or not is_used[i - 1])]
    ends = [*found[1:], width]
    header, rows = sample[0], sample[1:]
    begins: list[int] = []
    for a, b in zip(found, ends, strict=True):
        has_name = bool(header[a:b].strip())
        has_cells = any(row[a:b].strip() for row in rows)
        if not begins or (has_name and has_cells):
            begins.append(a)
    return begins
