"""How lots get from one work centre to another, and who carries them."""

from pydantic import Field

from zhizao.model._noun import Name, NonNegative, Noun, Positive


class Carrier(Noun):
    """What carries lots between work centres, one lot at a time: vehicles, cranes, people.

    It stays where it has put down its last lot, and comes from there to where the
    next one waits: empty, in the time of that transport. At the start each is
    where its first lot is.
    """

    id: Name = Field(description="unique name of the group")
    count: int = Field(default=1, ge=1, description="carriers in the group")
    speed: Positive = Field(
        default=1.0, description="1 = the minutes of the transports; 2 = half of them"
    )


class Transport(Noun):
    """Minutes from one work centre to another."""

    from_work_centre: Name = Field(description="from")
    to_work_centre: Name = Field(description="to")
    minutes: NonNegative = Field(description="minutes, round the clock")
    carrier: Name | None = Field(
        default=None, description="who carries; empty: there is always somebody"
    )
