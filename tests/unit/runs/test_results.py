"""How the seeds of a folder ended."""

import json
from pathlib import Path

from scraper.runs.results import count_results


def test_a_folder_that_shares_its_ledger_is_counted_by_its_lines(tmp_path: Path) -> None:
    ends = (None, {"code": "removed"}, {"code": "challenge"}, {"code": "removed"})
    lines = [json.dumps({"seed": f"{place}.1", "error": error}) for place, error in enumerate(ends)]
    (tmp_path / "envelopes.jsonl").write_text("\n".join([*lines, '{"seed": "9.1", "err']))
    assert count_results(tmp_path) == {"challenge": 1, "ok": 1, "removed": 2}
