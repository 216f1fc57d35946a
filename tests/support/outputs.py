"""What a run left in its folder, read without a crawl."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Output:
    """The lines of an output folder."""

    folder: Path

    @property
    def envelopes(self) -> list[dict[str, Any]]:
        """In the order seeds finished."""
        return _lines(self.folder / "envelopes.jsonl")

    @property
    def posts(self) -> list[dict[str, Any]]:
        """The records."""
        return _lines(self.folder / "posts.jsonl")


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]
