"""
The process in which media files are opened: ``python -m scraper.media.libav.worker``.

A file that makes libav crash, hang or eat memory takes this process down, not the crawl. It reads one task a line
and answers with one line, both JSON: whatever a hostile file makes of this process, it can say no more than that.
"""

import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from scraper.errors import MediaError
from scraper.media.libav.mux import mux
from scraper.media.libav.probe import probe
from scraper.media.libav.slideshow import render
from scraper.model.post import Chapter

_MEMORY = 4 << 30
"""Bytes of address space."""
_NICE = 10
_GRACE = 5
"""Seconds after which a task ends the process by itself, should its parent be gone."""


def _probe(path: str, is_full: bool) -> object:
    return asdict(probe(Path(path), is_full=is_full))


def _mux(tracks: list[list[str]], target: str, ext: str, chapters: list[dict[str, Any]]) -> object:
    mux([[Path(file) for file in files] for files in tracks], Path(target), ext, [Chapter(**c) for c in chapters])
    return None


def _render(images: list[str], sound: str | None, target: str) -> object:
    return render([Path(image) for image in images], None if sound is None else Path(sound), Path(target))


_TASKS: Mapping[str, Callable[..., object]] = {"probe": _probe, "mux": _mux, "render": _render}


def answer(line: str) -> dict[str, object]:
    """Do the task of *line*, ``{"task", "seconds", "args"}``; return its result, or the error that it ended with."""
    task = json.loads(line)
    signal.alarm(int(task["seconds"]) + _GRACE)
    try:
        return {"result": _TASKS[task["task"]](**task["args"])}
    except MediaError as error:
        return {"media_error": [error.cause, error.detail]}
    except OSError as error:
        return {"os_error": [error.errno, error.strerror]}
    except MemoryError:
        return {"media_error": ["not_media", "it takes more memory than is allowed"]}
    except Exception as error:  # noqa: BLE001 - the next task is for this process too
        return {"media_error": ["not_media", f"a bug of the scraper, please report it: {error!r}"]}
    finally:
        signal.alarm(0)


def main() -> None:
    """Answer until the other side hangs up."""
    os.nice(_NICE)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1) as answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what libraries print is no answer
        for line in sys.stdin:
            answers.write(json.dumps(answer(line)) + "\n")


if __name__ == "__main__":
    main()
