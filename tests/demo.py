"""``make demo``: the real spider, a real browser and the lab; leaves out/demo."""

import json
import subprocess
import sys
import time
from pathlib import Path

from tests.lab.process import LabProcess

OUT = Path("out/demo")


def main() -> int:
    """Crawl examples/seeds.txt; return 0 when every seed has its envelope."""
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
    lines = (OUT / "envelopes.jsonl").read_text("utf-8").splitlines() if code in (0, 1) else []
    results = [json.loads(line) for line in lines]
    print("some of these seeds fail on purpose, to show what is said then")
    print(f"envelopes, records, media and the log: {OUT}")
    return 0 if any(envelope["code"] == 200 for envelope in results) else 1


def crawl(lab: LabProcess) -> int:
    """Run ``scrapy crawl tiktok`` through *lab*; return its exit code."""
    settings = {
        "PROXY": lab.proxy,
        "CA_FILE": lab.ca_file,
        "OUTPUT_DIR": str(OUT),
        # the lab's guests are nobody's own
        "SESSION_DIR": ".cache/demo-sessions",
        "LOG_FILE": str(OUT / "crawl.log"),
        "LOG_FILE_APPEND": "0",
    }
    command = [sys.executable, "-m", "scrapy", "crawl", "tiktok", "-a", "seeds=examples/seeds.txt"]
    for name, value in settings.items():
        command += ["-s", f"{name}={value}"]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
