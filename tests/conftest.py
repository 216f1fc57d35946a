"""Fixtures of the lab for all tests, and the order in which test processes take them."""

import os
from collections.abc import Sequence

import pytest
from hypothesis import settings

# without a deadline: a test that is slow because the machine is busy has not failed
settings.register_profile("quick", deadline=None, max_examples=25)
settings.register_profile("thorough", deadline=None, max_examples=500)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

os.environ["SCRAPER_CONFIG"] = os.devnull  # the configuration file of whoever runs the tests has no part in them

pytest_plugins = ["tests.lab.fixtures", "tests.support.ledgers", "tests.support.recording", "tests.support.scrapydpeer"]

LONGEST = (
    *("douyin_crawl", "browser_life", "sessions", "everything", "faults", "hybrid", "crawl", "doctor", "runs", "proxies"),
    *("bilibili_crawl", "workers", "report", "elsewhere", "hostile", "get_batch_resolve", "accounts", "corpus", "retry"),
    *("long_texts", "payload", "twitter_crawl", "resume", "films", "run_folder", "secrets", "slideshow", "seeds_command"),
)
"""Files that take long first: one that begins last would keep one process busy while the others have nothing to do."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort by file; within one nothing changes."""
    items.sort(key=lambda item: _place(item, [f"test_{name}" for name in LONGEST]))


def _place(item: pytest.Item, names: Sequence[str]) -> int:
    return names.index(item.path.stem) if item.path.stem in names else len(names)
