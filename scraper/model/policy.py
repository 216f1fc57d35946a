"""What is wanted of a post: which media, which variants."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from scraper.text.values import read_choice, read_int

MEDIA: Final = ("best", "none", "all")
WATERMARK: Final = ("without", "with", "both")
CONTENT: Final = ("original", "video_only")
CODEC: Final = ("h264", "h265", "av1", "any")
POLICY: Final = ("MEDIA", "WATERMARK", "CONTENT", "CODEC", "MAX_HEIGHT")
"""The settings that a Policy holds, which a seed may set for itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a person wants of each post: the settings of POLICY, by their names in lower case."""

    media: str = "best"
    watermark: str = "without"
    content: str = "original"
    """``video_only`` makes a video of pictures afterwards; what is fetched stays the same."""
    codec: str = "h264"
    """Of a video, where it is on offer; ``any`` = the largest that players open."""
    max_height: int = 0
    """Pixels of a video's short side, where something that small is on offer; 0 = any."""

    def __post_init__(self) -> None:
        """Raise UsageError for a value that is none of those known."""
        choices = (("media", MEDIA), ("watermark", WATERMARK), ("content", CONTENT), ("codec", CODEC))
        for name, allowed in choices:
            object.__setattr__(self, name, read_choice(name.upper(), getattr(self, name), allowed))
        object.__setattr__(self, "max_height", read_int("MAX_HEIGHT", self.max_height))


DEFAULT_POLICY = Policy()


def policy_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return what *options* say of what a Policy holds, as its fields."""
    return {name.lower(): options[name] for name in POLICY if name in options}


def policy_for(policy: Policy, options: Mapping[str, Any]) -> Policy:
    """Return what is wanted of a seed with *options* of its own, which go before *policy*; raise UsageError."""
    return replace(policy, **policy_options(options)) if options else policy
