"""Tariffs: what a kilowatt-hour costs, and what carbon it stands for, at each instant."""

from typing import Literal

from pydantic import Field, model_validator

from zhizao.model._noun import Instant, Name, NonNegative, Noun

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class TariffPeriod(Noun):
    """Hours of the week with another price, or another carbon factor, in local time."""

    weekdays: tuple[Weekday, ...] = Field(
        default=(), description="days on which it begins; empty: every day"
    )
    start: str = Field(
        default="00:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="local time, HH:MM"
    )
    end: str = Field(
        default="24:00",
        pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$",
        description="local time, HH:MM or 24:00; not after start: it ends on the next day",
    )
    price_per_kwh: float | None = Field(
        default=None, allow_inf_nan=False, description="price then; empty: unchanged"
    )
    carbon_kg_per_kwh: NonNegative | None = Field(
        default=None, description="carbon factor then; empty: unchanged"
    )


class TariffException(Noun):
    """A span with its own price or carbon factor, whatever the week says."""

    start_at: Instant = Field(description="begin")
    end_at: Instant = Field(description="end")
    price_per_kwh: float | None = Field(
        default=None, allow_inf_nan=False, description="price then; empty: unchanged"
    )
    carbon_kg_per_kwh: NonNegative | None = Field(
        default=None, description="carbon factor then; empty: unchanged"
    )

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> "TariffException":
        if self.end_at <= self.start_at:
            raise ValueError(f"span ends {self.end_at}, not after its start {self.start_at}")
        return self


class Tariff(Noun):
    """A price of electricity by time of use, and the grid's carbon factor.

    Where periods overlap, the later one in the list holds; spans come after
    all of them, the later one of two that overlap again.
    """

    id: Name = Field(description="unique name")
    price_per_kwh: float = Field(
        allow_inf_nan=False, description="price of a kWh outside all periods, plant's currency"
    )
    carbon_kg_per_kwh: NonNegative | None = Field(
        default=None, description="kg of CO2 equivalent a kWh outside all periods; empty: unknown"
    )
    periods: tuple[TariffPeriod, ...] = Field(default=(), description="hours of the week")
    exceptions: tuple[TariffException, ...] = Field(default=(), description="dated spans")

    @model_validator(mode="after")
    def _carbon_is_known_throughout(self) -> "Tariff":
        parts: tuple[TariffPeriod | TariffException, ...] = (*self.periods, *self.exceptions)
        if self.carbon_kg_per_kwh is None and any(p.carbon_kg_per_kwh is not None for p in parts):
            raise ValueError(
                f"tariff '{self.id}' has a carbon factor in some hours only; "
                "give carbon_kg_per_kwh for the others too"
            )
        for part in parts:
            if part.price_per_kwh is None and part.carbon_kg_per_kwh is None:
                raise ValueError(
                    f"tariff '{self.id}' has hours with neither a price nor a carbon factor; "
                    "give one, or leave them out"
                )
        return self
