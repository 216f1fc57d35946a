"""A long run that broke off is taken up line by line."""

import asyncio
import tracemalloc
from pathlib import Path

from scraper.ledger.interface import State
from scraper.runs.folder import ENVELOPES, LEDGER, POSTS
from scraper.runs.lifecycle import recover
from tests.support.outputs import Output
from tests.support.recording import seed
from tests.support.sqlite_ledger import on_disk


def test_a_long_tail_is_taken_up_line_by_line(tmp_path: Path) -> None:
    number = 12_000
    with on_disk(tmp_path / LEDGER) as ledger:
        ledger.load(seed(line) for line in range(1, number + 1))
        ledger.lease("tiktok", number, 60.0)
        with (tmp_path / ENVELOPES).open("w") as file:
            file.writelines(f'{{"seed": "{line}.1", "code": 200, "data": "{"x" * 1000}"}}\n' for line in range(1, number + 1))
        (tmp_path / POSTS).write_text("".join(f'{{"seed": "{line}.1"}}\n' for line in range(1, number + 2)))
        tracemalloc.start()
        asyncio.run(recover(tmp_path, ledger.ledger))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert ledger.counts()[State.DONE] == len(Output(tmp_path).posts) == number
    assert peak < 2e6
