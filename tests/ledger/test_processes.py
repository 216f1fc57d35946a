"""A ledger in a process of its own: killed at any moment, and the memory that a long list takes."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from scraper.envelopes.lines import read_envelopes
from scraper.ledger.interface import State
from scraper.ledger.sqlite import NAME
from tests.support.leasing import lease_ids, seed
from tests.support.sqlite_ledger import on_disk
from tests.support.tree import ROOT

WRITER = """
import sys
from pathlib import Path
from tests.support.sqlite_ledger import on_disk
end = 0
with on_disk(Path(sys.argv[1]) / "ledger.db") as ledger, (Path(sys.argv[1]) / "envelopes.jsonl").open("wb", buffering=0) as file:
    while leases := ledger.lease("tiktok", 8, 60.0):
        for lease in leases:
            ledger.claim(lease.seed.id, lease.seed.id)
            line = b'{"seed": "%s", "code": 200, "error": null}\\n' % lease.seed.id.encode()
            file.write(line)
            ledger.settle(lease.seed.id, code=200, error=None, offset=end, end=end + len(line))
            end += len(line)
            print(flush=True)
"""


@pytest.mark.parametrize("after", [1, 50, 333])
def test_a_killed_process_loses_nothing(tmp_path: Path, after: int) -> None:
    with on_disk(tmp_path / NAME) as ledger:
        ledger.load(seed(line) for line in range(1, 5_001))
    with subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        for _ in range(after):
            assert writer.stdout.readline()
        writer.kill()
    assert writer.returncode == -signal.SIGKILL
    with on_disk(tmp_path / NAME) as ledger, (tmp_path / "envelopes.jsonl").open("rb") as file:
        assert ledger.ledger._database.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert ledger.counts()[State.LEASED] <= 8
        file.seek(ledger.run().envelopes_end)
        assert ledger.recover(read_envelopes(file, ledger.run().envelopes_end)) <= 1
        file.seek(0)
        written = [json.loads(line)["seed"] for line in file]
        assert ledger.run().envelopes_end == file.tell()
        assert len(written) == len(set(written)) == ledger.counts()[State.DONE] >= after
        ledger.expire_all()
        assert set(lease_ids(ledger, 5_000)) == {f"{line}.1" for line in range(1, 5_001)} - set(written)


LOADER = """
import sys, time
from pathlib import Path
from scraper.seeds.lines import parse_lines
from tests.support.sqlite_ledger import on_disk
from tests.support.leasing import RECOGNISER
lines = (b"https://www.tiktok.com/@u%d/video/%d\\n" % (i % 997, 7 * 10**18 + i) for i in range(int(sys.argv[2])))
with on_disk(Path(sys.argv[1]) / "ledger.db") as ledger:
    start = time.monotonic()
    count = ledger.load(parse_lines(lines, RECOGNISER))
    seconds = time.monotonic() - start
    start = time.monotonic()
    assert len(ledger.lease("tiktok", 32, 60.0)) == 32
    assert ledger.platforms() == ["tiktok"]
    leasing = time.monotonic() - start
# getrusage would count what the parent had when it forked
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(count, seconds, leasing, int(status["VmHWM"].split()[0]) / 1024)
"""


def measure_load(folder: Path, count: int) -> tuple[float, float, float]:
    """Return the seconds to load *count* lines, those to lease from them, and the peak memory in MB."""
    folder.mkdir()
    output = subprocess.check_output([sys.executable, "-c", LOADER, str(folder), str(count)], cwd=ROOT, text=True)
    loaded, seconds, leasing, memory = map(float, output.split())
    assert loaded == count
    return seconds, leasing, memory


def test_twenty_thousand_lines_load_at_flat_memory(tmp_path: Path) -> None:
    _, _, little = measure_load(tmp_path / "1k", 1000)
    seconds, _, much = measure_load(tmp_path / "20k", 20_000)
    assert seconds < 10
    assert much - little < 20


@pytest.mark.soak
def test_a_million_lines_load_in_a_minute(tmp_path: Path) -> None:
    _, _, little = measure_load(tmp_path / "1k", 1000)
    seconds, leasing, much = measure_load(tmp_path / "1m", 1_000_000)
    print(f"\n1,000,000 lines: {seconds:.1f} s, {much - little:.1f} MB over 1,000 lines, lease {leasing * 1000:.1f} ms")
    assert seconds < 60
    assert much - little < 100
    assert leasing < 0.1
