"""Every KPI and every unit has words in both languages."""

import pytest

from zhizao._base.words import say
from zhizao.model import KPI_UNITS


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("kpi", KPI_UNITS)
def test_a_kpi_and_its_unit_have_words(kpi, lang):
    assert say("zhizao.model", f"kpi_{kpi}", lang=lang)
    assert say("zhizao.model", f"unit_{KPI_UNITS[kpi] or 'share'}", lang=lang)
    assert say("zhizao.serve.report", f"kpi_{kpi}", lang=lang)
