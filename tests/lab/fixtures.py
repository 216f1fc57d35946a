"""Pytest fixtures around the lab, a plugin of tests/conftest.py."""

from collections.abc import Callable, Iterator

import pytest

from tests.lab.process import LabProcess


@pytest.fixture(scope="session")
def lab() -> Iterator[LabProcess]:
    """One lab for the whole session, with 20,000 posts more than it lists; a test resets its changes."""
    process = LabProcess("--many", "20000")
    yield process
    process.stop()


@pytest.fixture
def clean_lab(lab: LabProcess) -> Iterator[None]:
    """Reset the session's lab before and after the test."""
    lab.reset()
    yield
    lab.reset()


@pytest.fixture(scope="module")
def guest(lab: LabProcess) -> dict[str, str]:
    """Cookies of a visitor that the lab trusts."""
    return lab.client.become_guest()


@pytest.fixture
def start_lab() -> Iterator[Callable[..., LabProcess]]:
    """Start labs with options of their own; they end with the test."""
    started: list[LabProcess] = []

    def start(*options: str) -> LabProcess:
        started.append(LabProcess(*options))
        return started[-1]

    yield start
    for process in started:
        process.stop()
