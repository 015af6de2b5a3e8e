"""What a noun's validation complains about, in plain sentences."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic_core import ErrorDetails

_SENTENCES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "missing": lambda _: "a value is required here",
    "extra_forbidden": lambda _: "there is no such field",
    "greater_than": lambda c: f"expected a number above {_number(c['gt'])}",
    "greater_than_equal": lambda c: f"expected a number of at least {_number(c['ge'])}",
    "less_than": lambda c: f"expected a number below {_number(c['lt'])}",
    "less_than_equal": lambda c: f"expected a number of at most {_number(c['le'])}",
    "finite_number": lambda _: "expected a finite number",
    "float_parsing": lambda _: "expected a number such as 2.5",
    "float_type": lambda _: "expected a number such as 2.5",
    "int_parsing": lambda _: "expected a whole number such as 3",
    "int_from_float": lambda _: "expected a whole number such as 3",
    "int_type": lambda _: "expected a whole number such as 3",
    "bool_parsing": lambda _: "expected true or false",
    "bool_type": lambda _: "expected true or false",
    "string_type": lambda _: "expected a text in quotes",
    "string_unicode": lambda _: "the text has a character that is not Unicode",
    "string_too_short": lambda _: "expected a text that is not empty",
    "string_too_long": lambda c: f"expected at most {c['max_length']} characters",
    "too_short": lambda c: f"expected at least {c['min_length']} of them",
    "tuple_type": lambda _: "expected a list",
    "dict_type": lambda _: "expected a group of fields",
    "model_type": lambda _: "expected a group of fields",
    "model_attributes_type": lambda _: "expected a group of fields",
    "literal_error": lambda c: f"expected one of {c['expected'].replace(' or ', ', ')}",
    "timezone_aware": lambda _: "expected an offset from UTC too, as in 2024-01-31T08:00+08:00",
    "union_tag_invalid": lambda c: f"there is no such change; allowed are {c['expected_tags']}",
    "union_tag_not_found": lambda _: "the key 'change' that says which change it is, is missing",
    "value_error": lambda c: str(c["error"]),
}

_PATTERNS = {
    r"^([01]\d|2[0-3]):[0-5]\d$": "expected a local time from 00:00 to 23:59",
    r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$": "expected a local time from 00:00 to 24:00",
    r"^[A-Z]{3}$": "expected a currency code of three capitals, such as CNY",
}


def sentence(error: ErrorDetails) -> str:
    """Return what an error of the validation means, as a rule without a full stop.

    Examples
    --------
    >>> from pydantic import ValidationError
    >>> from zhizao.model.plant import Resource
    >>> try:
    ...     Resource(id="M1", work_centre="W", capacity=0)
    ... except ValidationError as found:
    ...     sentence(found.errors()[0])
    'expected a number of at least 1'
    """
    kind, context = error["type"], error.get("ctx", {})
    if kind == "string_pattern_mismatch":
        pattern = context["pattern"]
        return _PATTERNS.get(pattern, f"expected a text of the form {pattern}")
    if kind.startswith(("datetime_", "date_")):
        return "expected date, time and offset such as 2024-01-31T08:00+08:00"
    if kind in _SENTENCES:
        return _SENTENCES[kind](context)
    return error["msg"].replace("Input should be", "expected").rstrip(".")


def literal_values(error: ErrorDetails) -> Sequence[str]:
    """Return what a choice allows, or nothing where the error is not about a choice."""
    context = error.get("ctx", {})
    text = context.get("expected") or context.get("expected_tags") or ""
    return [part.strip(" '") for part in text.replace(" or ", ", ").split(",")] if text else []


def _number(value: float) -> str:
    return f"{value:g}"
