"""A database of their own for Ringwells that run as processes."""

from collections.abc import Iterator

import pytest

from tests.acceptance.servers import address, empty


@pytest.fixture
def database() -> Iterator[str]:
    """Empty before and after."""
    url = address("RINGWELL_TEST_PROCESS_DATABASE_URL")
    empty(url)
    yield url
    empty(url)
