"""A disk that takes no more."""

import resource
from contextlib import contextmanager

import pytest


@pytest.fixture
def full_disk():
    """Within this context nothing is written to any file."""

    @contextmanager
    def full():
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    return full
