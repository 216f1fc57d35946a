"""The table at the end is whole at every width."""

import re

import pytest
from rich.cells import cell_len

from scraper.cli.table import print_table
from scraper.runs.seed_row import ResultRow

ROWS = [
    ResultRow(seed="2.1", text="https://www.tiktok.com/@a/video/7517311305856314645", code=200, result="ok", files=1, bytes=624_393, seconds=1.5, advice=""),
    ResultRow(seed="1.1", text="https://vm.tiktok.com/ZMdead007/", code=404, result="short_link_dead_end", files=0, bytes=0, seconds=0.1, advice="It leads nowhere: give the link of the post itself, which is the last word."),
    ResultRow(seed="10.1", text="看看这个视频 \x1b[31m 😀", code=400, result="no_url", files=0, bytes=0, seconds=0.0, advice="No link was found."),
]


@pytest.mark.parametrize("width", [60, 80, 100, 120, 149, 150, 220])
def test_nothing_a_person_needs_is_cut(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr("rich.console.Console.is_terminal", True)
    print_table(ROWS, len(ROWS), "out")
    text = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)
    assert all(cell_len(line) <= width for line in text.splitlines())
    for word in ("seed", "short_link_dead_end", "624.4 kB", "last word", "No link was found", "1.5"):
        assert word in " ".join(text.split()), word
    assert [line.split()[0] for line in text.splitlines() if re.match(r"\d+\.1 ", line)] == ["1.1", "2.1", "10.1"]
    assert "\x1b" not in text


def test_of_a_long_run_only_the_failures_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(ROWS, 5000, "out")
    text = capsys.readouterr().out
    assert "2.1" not in text
    assert "4998 more seeds in out/envelopes.jsonl" in text
