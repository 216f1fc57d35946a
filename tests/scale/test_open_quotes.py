"""Quotes that nothing closes do not make a CSV list slow."""

import time

import pytest

from scraper.seeds.csv_list import parse_sheet
from tests.support.seed_lists import KNOWN, ONE


@pytest.mark.parametrize("rest", [0, 8000], ids=["to the end", "longer than a row"])
def test_quotes_that_nobody_closes_do_not_read_the_list_again_and_again(rest: int) -> None:
    lines = ["url,b\n", *['a","b\n'] * 20_000, *[f"{ONE},z\n"] * rest]
    began = time.process_time()
    seeds = list(parse_sheet(lines, KNOWN, name="x"))
    assert time.process_time() - began < 10
    assert [seed.line for seed in seeds] == list(range(2, 20_002 + rest))
    assert all("expected a " in (seed.problem or "") for seed in seeds[:20_000])
    assert {seed.text for seed in seeds[20_000:]} <= {ONE}
