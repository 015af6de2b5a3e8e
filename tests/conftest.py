"""What all tests share: the folder of outside data, and hypothesis without deadlines."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("zhizao", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("zhizao")

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of data from outside; the test is skipped where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the folder ../shared/data is absent; it holds data from outside")
    return SHARED_DATA
