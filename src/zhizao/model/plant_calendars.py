"""Calendars: weekly shifts and the spans that overrule them."""

from typing import Literal

from pydantic import Field, model_validator

from zhizao.model._noun import Instant, Name, Noun


class Shift(Noun):
    """A weekly interval in the plant's local time."""

    weekday: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] = Field(
        description="day on which it begins"
    )
    start: str = Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="local time, HH:MM")
    end: str = Field(
        pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$",
        description="local time, HH:MM or 24:00; not after start: it ends on the next day",
    )


class CalendarException(Noun):
    """A span in which a calendar is open or closed whatever the week says."""

    start_at: Instant = Field(description="begin")
    end_at: Instant = Field(description="end")
    is_open: bool = Field(default=False, description="true: worked; false: closed")

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> "CalendarException":
        if self.end_at <= self.start_at:
            raise ValueError(f"exception ends {self.end_at}, not after its start {self.start_at}")
        return self


class Calendar(Noun):
    """When a resource, an operator or a release works. Shifts may overlap; they are joined."""

    id: Name = Field(description="unique name")
    shifts: tuple[Shift, ...] = Field(default=(), description="weekly shifts")
    exceptions: tuple[CalendarException, ...] = Field(
        default=(), description="spans that overrule the week; a later one overrules an earlier one"
    )
