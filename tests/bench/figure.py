"""The result of a benchmark, and its target."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Literal


class BenchError(Exception):
    """A figure cannot be measured here; the message names the missing program or right."""


@dataclass(frozen=True, slots=True)
class Target:
    """The limit of a figure."""

    of: Literal["value", "ratio"]
    sign: Literal[">=", "<=", "<"]
    bound: float

    def is_met(self, number: float) -> bool:
        if self.sign == ">=":
            return number >= self.bound
        return number <= self.bound if self.sign == "<=" else number < self.bound

    def __str__(self) -> str:
        return f"{self.sign} {self.bound:g}{' ×' if self.of == 'ratio' else ''}"


TARGETS = {
    "browser_starts_per_1000_posts": Target("value", "<=", 1),
    "posts_vs_ytdlp_100ms_tiktok": Target("ratio", ">=", 5),
    "posts_vs_ytdlp_tiktok": Target("ratio", ">=", 1.5),
    "posts_vs_ytdlp_100ms_bilibili": Target("ratio", ">=", 15),
    "posts_vs_ytdlp_bilibili": Target("ratio", ">=", 3),
    "posts_vs_ytdlp_100ms_twitter": Target("ratio", ">=", 15),
    "posts_vs_ytdlp_twitter": Target("ratio", ">=", 3),
    "posts_vs_bare_scrapy": Target("ratio", ">=", 0.35),
    "page_vs_navigation": Target("ratio", ">=", 10),
    "media_500mb_vs_curl": Target("ratio", ">=", 0.7),
    "media_8x100mb_vs_aria2": Target("ratio", ">=", 0.7),
    "media_rss_over_idle_mb": Target("value", "<", 60),
    "loop_stall_p999_ms": Target("value", "<", 50),
    "refetched_mb_after_kill": Target("value", "<", 1),
    "render_stall_p999_ms": Target("value", "<", 100),
    "links_per_s": Target("value", ">=", 40_000),
    "links_vs_ytdlp": Target("ratio", ">=", 2),
    "seeds_1m_rss_over_1k_mb": Target("value", "<", 100),
}
"""Figures without a target are not in this table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table and of bench.json."""

    key: str
    value: float
    unit: str
    peer: str | None = None
    peer_value: float | None = None
    has_ratio: bool = True
    """False if the peer is a baseline, e.g. the idle loop."""
    note: str = ""
    """Text for the table: the conditions of this measurement."""

    @property
    def ratio(self) -> float | None:
        return self.value / self.peer_value if self.has_ratio and self.peer_value else None

    @property
    def is_met(self) -> bool | None:
        """Whether the target is reached; None = the figure has no target."""
        target = TARGETS.get(self.key)
        number = None if target is None else self.value if target.of == "value" else self.ratio
        return None if target is None or number is None else target.is_met(number)

    def to_json(self) -> dict[str, float | str | None]:
        def short(number: float | None) -> float | None:
            return None if number is None else round(number, 3)

        return {
            "value": short(self.value),
            "unit": self.unit,
            "peer": self.peer,
            "peer_value": short(self.peer_value),
            "ratio": short(self.ratio),
        }


@dataclass(frozen=True, slots=True)
class Group:
    """Figures that are measured together. Every module of this package with a ``GROUP`` takes part."""

    keys: tuple[str, ...]
    measure: Callable[[Collection[str]], list[Figure]]
    """Takes the wanted keys; may return more figures. Raises BenchError."""
