"""The facts of a run, as one output folder knows them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scraper.runs.folder import run_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A value: the Recorder replaces it whenever a fact changes."""

    folder: Path
    started: float
    """Start of the run, in unix seconds."""
    is_continued: bool = False
    """Whether an earlier process began it."""
    can_go_on: bool = True
    """Whether the same command continues with the seeds that are left."""
    results: Mapping[str, int] = field(default_factory=dict)
    """Number of this folder's seeds by result, OK or an error code; set when the run is closed."""
    left: int | None = None
    """Number of seeds without an envelope, set when the run is closed; None = the list was not read to its end."""
    reason: str = "forced"
    """Scrapy's reason of the end."""
    problem: str = ""
    """Error of the list or the folder that was found only after the start."""

    @property
    def name(self) -> str:
        """The name of its folder below ``runs/``."""
        return run_name(self.started)

    @property
    def is_finished(self) -> bool:
        """Whether it ended by itself, and was not cut short."""
        return self.reason == "finished"
