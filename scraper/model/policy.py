"""The wanted media and variants of a post."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from scraper.text.setting import choice, number

MEDIA: Final = ("best", "none", "all")
WATERMARK: Final = ("without", "with", "both")
CONTENT: Final = ("original", "video_only")
CODEC: Final = ("h264", "h265", "av1", "any")
POLICY: Final = (
    choice(
        "MEDIA",
        "best",
        MEDIA,
        "`best`: the best file of each medium; `all`: every variant, and subtitles; `none`: records only",
    ),
    choice("WATERMARK", "without", WATERMARK, "which variant of a video is wanted: `without`, `with` or `both`"),
    choice(
        "CONTENT",
        "original",
        CONTENT,
        "`original`, or `video_only`: pictures become a video as well (h264, with the post's music)",
    ),
    choice(
        "CODEC",
        "h264",
        CODEC,
        "of a video, where it is on offer: `h264`, `h265`, `av1`, or `any`: the largest that players open",
    ),
    number("MAX_HEIGHT", 0, "pixels of a video's short side, where something that small is on offer; `0` = any"),
)
"""The settings that a Policy holds; a seed may have values of its own for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The wanted media of each post: the settings of POLICY, by their names in lower case."""

    media: str = "best"
    watermark: str = "without"
    content: str = "original"
    """``video_only`` makes a video of the pictures afterwards; it does not change the selection of files."""
    codec: str = "h264"
    """The preferred codec of a video; ``any`` = the largest file that players open."""
    max_height: int = 0
    """Limit of a video's short side in pixels; if every file exceeds it, the smallest is fetched. 0 = no limit."""

    def __post_init__(self) -> None:
        """Raise UsageError for an unknown value."""
        for row in POLICY:
            field = row.name.lower()
            object.__setattr__(self, field, row.parse(row.name, getattr(self, field)))


DEFAULT_POLICY = Policy()


def policy_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a Policy that *options* set."""
    return {row.name.lower(): options[row.name] for row in POLICY if row.name in options}


def policy_for(policy: Policy, options: Mapping[str, Any]) -> Policy:
    """Return *policy* with a seed's own *options*, which take precedence; raise UsageError."""
    return replace(policy, **policy_options(options)) if options else policy
