"""
The process that opens media files: ``python -m scraper.media.libav.worker``.

A file that makes libav crash, hang or use too much memory ends this process, not the crawl. The process reads one task
a line and answers with one line, both JSON: even under control of a hostile file it can send nothing else.
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
"""Seconds beyond a task's limit after which the process ends itself, in case its parent is gone."""


def _probe(path: str, is_full: bool) -> object:
    return asdict(probe(Path(path), is_full=is_full))


def _mux(tracks: list[list[str]], target: str, ext: str, chapters: list[dict[str, Any]]) -> object:
    mux([[Path(file) for file in files] for files in tracks], Path(target), ext, [Chapter(**c) for c in chapters])
    return None


def _render(images: list[str], sound: str | None, target: str) -> object:
    return render([Path(image) for image in images], None if sound is None else Path(sound), Path(target))


_TASKS: Mapping[str, Callable[..., object]] = {"probe": _probe, "mux": _mux, "render": _render}


def answer(line: str) -> dict[str, object]:
    """Do the task of *line*, ``{"task", "seconds", "args"}``; return its result or its error."""
    task = json.loads(line)
    signal.alarm(int(task["seconds"]) + _GRACE)
    try:
        return {"result": _TASKS[task["task"]](**task["args"])}
    except MediaError as error:
        return {"media_error": [error.cause, error.detail]}
    except OSError as error:
        return {"os_error": [error.errno, error.strerror]}
    except MemoryError:
        return {"media_error": ["not_media", "libav needs more memory than allowed to open it"]}
    except Exception as error:  # noqa: BLE001 - the process must survive for the next task
        return {"media_error": ["not_media", f"a bug of the scraper, please report it: {error!r}"]}
    finally:
        signal.alarm(0)


def main() -> None:
    """Answer tasks until the input ends."""
    os.nice(_NICE)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1) as answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # the output of libraries must not look like an answer
        for line in sys.stdin:
            answers.write(json.dumps(answer(line)) + "\n")


if __name__ == "__main__":
    main()
