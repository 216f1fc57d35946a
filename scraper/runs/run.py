"""The facts of a run, as one output folder knows them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scraper.runs.folder import run_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A value: the Recorder puts a new one in its place whenever a fact changes."""

    folder: Path
    started: float
    """When it began, in unix seconds."""
    is_continued: bool = False
    """Whether an earlier process began it."""
    can_go_on: bool = True
    """Whether the same command goes on with what is left."""
    results: Mapping[str, int] = field(default_factory=dict)
    """Seeds of this folder by how they ended, OK or an error code, once it is closed."""
    left: int | None = None
    """Seeds without an envelope, once it is closed; None = not known, the list was not read to its end."""
    reason: str = "forced"
    """How it ended, in Scrapy's words."""
    problem: str = ""
    """Why the list or the folder could not be used, where that showed only after the start."""

    @property
    def name(self) -> str:
        """The name of its folder below ``runs/``."""
        return run_name(self.started)

    @property
    def is_finished(self) -> bool:
        """Whether it came to its own end, and was not cut short."""
        return self.reason == "finished"
