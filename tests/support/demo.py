"""``make demo``: the real spiders, a real browser and the lab; leaves out/demo."""

import json
import subprocess
import sys
import time
from pathlib import Path

from tests.lab.process import LabProcess

OUT = Path("out/demo")


def main() -> int:
    """Crawl examples/seeds.txt; return 0 if every seed ended as the lab expects."""
    started = time.monotonic()
    OUT.mkdir(parents=True, exist_ok=True)
    print("starting the lab (it makes its media once)", flush=True)
    lab = LabProcess()
    try:
        print(f"crawling examples/seeds.txt, {time.monotonic() - started:.1f} s after the start", flush=True)
        code = crawl(lab)
        refused = [record.host for record in lab.refused()]
    finally:
        lab.stop()
    if refused:
        print(f"requests to hosts that the lab does not play: {', '.join(refused)}", file=sys.stderr)
        return 1
    if code not in (0, 1):
        return code
    wrong = surprises(lab)
    for line in wrong:
        print(line, file=sys.stderr)
    print("some of these seeds fail on purpose, to show what is said then")
    print(f"a page to look at: {OUT}/report.html; envelopes, records, media and the log: {OUT}")
    return 1 if wrong else 0


def surprises(lab: LabProcess) -> list[str]:
    """Return a line for every seed that ended otherwise than the lab expects of its post."""
    expected = {post["url"]: post["outcome"] for post in lab.posts}
    wrong = []
    for line in (OUT / "envelopes.jsonl").read_text("utf-8").splitlines():
        envelope = json.loads(line)
        result = "ok" if envelope["error"] is None else envelope["error"]["code"]
        outcome = expected.get(envelope["params"]["url"], result)
        if result != outcome:
            wrong.append(f"seed {envelope['seed']}: expected {outcome}, got {result}")
    return wrong


def crawl(lab: LabProcess) -> int:
    """Run ``scrapy crawl hybrid`` through *lab*; return its exit code."""
    settings = {
        "PROXY": lab.proxy,
        "CA_FILE": lab.ca_file,
        "OUTPUT_DIR": str(OUT),
        # the lab's guests belong to no real person
        "SESSION_DIR": ".cache/demo-sessions",
        # the free space of this machine's disk must not matter
        "MONITOR_LIMITS": "disk=off",
        "LOG_FILE": str(OUT / "crawl.log"),
        "LOG_FILE_APPEND": "0",
    }
    command = [sys.executable, "-m", "scrapy", "crawl", "hybrid", "-a", "seeds=examples/seeds.txt"]
    for name, value in settings.items():
        command += ["-s", f"{name}={value}"]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
