"""Eight changes, as they truly happen to the running model."""

from dataclasses import replace

from benchmarks.truth.engine import Workshop

NEW_MACHINE = "NEW-01"
INTERVENTIONS = (
    "one_more",
    "one_less",
    "more_shifts",
    "less_setup",
    "more_demand",
    "other_rule",
    "half_failures",
    "other_mix",
)
SETUP_FACTOR, DEMAND_FACTOR, FAILURE_FACTOR = 0.7, 1.15, 0.5


def truly_change(workshop: Workshop, intervention: str) -> None:
    """Change the workshop from now on; ``as_it_is`` changes nothing."""
    shop = workshop.shop
    if intervention == "one_more":
        like = shop.centre(shop.bottleneck).machines[0]
        workshop.add_machine(replace(like, name=NEW_MACHINE), shop.bottleneck)
    elif intervention == "one_less":
        assert shop.removed is not None
        workshop.retire_machine(shop.removed)
    elif intervention == "more_shifts":
        workshop.add_shifts(shop.bottleneck, shop.added_shift)
    elif intervention == "less_setup":
        workshop.setup_factor = SETUP_FACTOR
    elif intervention == "more_demand":
        workshop.demand_factor = dict.fromkeys(workshop.demand_factor, DEMAND_FACTOR)
    elif intervention == "other_rule":
        workshop.rules = dict.fromkeys(workshop.rules, shop.other_rule)
    elif intervention == "half_failures":
        workshop.failure_factor = FAILURE_FACTOR
        for places in workshop.places.values():
            for place in places:
                place.to_failure_s /= FAILURE_FACTOR
    elif intervention == "other_mix":
        workshop.demand_factor.update(shop.mix)
    elif intervention != "as_it_is":
        raise ValueError(f"'{intervention}' is not one of {', '.join(INTERVENTIONS)}.")
