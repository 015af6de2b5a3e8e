"""Between the border's aware datetimes and the inside's seconds."""

from datetime import datetime, timedelta

from zhizao._base.errors import InputError


def to_seconds(at: datetime, *, origin: datetime) -> float:
    """Return the seconds from ``origin`` to ``at``; both are time-zone aware.

    Raises
    ------
    InputError
        If either datetime has no time zone.

    Examples
    --------
    >>> from datetime import UTC
    >>> to_seconds(datetime(2024, 1, 1, 1, tzinfo=UTC), origin=datetime(2024, 1, 1, tzinfo=UTC))
    3600.0
    """
    if at.tzinfo is None or origin.tzinfo is None:
        raise InputError(f"Datetime {at} (origin {origin}) has no time zone; give an aware one.")
    return (at - origin).total_seconds()


def to_datetime(seconds: float, *, origin: datetime) -> datetime:
    """Return the datetime that lies ``seconds`` after ``origin``.

    Examples
    --------
    >>> from datetime import UTC
    >>> to_datetime(3600.0, origin=datetime(2024, 1, 1, tzinfo=UTC)).hour
    1
    """
    return origin + timedelta(seconds=seconds)
