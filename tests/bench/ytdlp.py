"""``python -m tests.bench.ytdlp TASK``: one YoutubeDL, one link after the other; prints the number of posts it read."""

import json
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any


def main() -> None:
    task: dict[str, Any] = json.loads(Path(sys.argv[1]).read_text())
    options = {
        "proxy": task["proxy"],
        "nocheckcertificate": True,
        "http_headers": {"User-Agent": task["user_agent"]},
        "cookiefile": task["cookies"],
        "quiet": True,
        "no_warnings": True,
        "cachedir": False,
    }
    done = 0
    with import_module("yt_dlp").YoutubeDL(options) as tool:
        end = time.monotonic() + task["seconds"]
        for url in task["urls"]:
            info = tool.extract_info(url, download=False)
            if not info or not info.get("formats"):
                raise SystemExit(f"{url}: no formats")
            done += 1
            if time.monotonic() > end:
                break
    print(done)


if __name__ == "__main__":
    main()
