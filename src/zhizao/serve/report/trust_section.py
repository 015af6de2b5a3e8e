"""Section 3: the back-test."""

from typing import Any

from zhizao._base.words import Lang


def trust_section(
    trust: dict[str, Any] | None, *, time_zone: str, lang: Lang
) -> dict[str, Any] | None:
    """Return what the page says of the back-test, or None where there is none."""
    return None
