"""The wanted media and variants of a post."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from scraper.text.values import read_choice, read_int

MEDIA: Final = ("best", "none", "all")
WATERMARK: Final = ("without", "with", "both")
CONTENT: Final = ("original", "video_only")
CODEC: Final = ("h264", "h265", "av1", "any")
POLICY: Final = ("MEDIA", "WATERMARK", "CONTENT", "CODEC", "MAX_HEIGHT")
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
    """Preferred limit of a video's short side in pixels, ignored if every file is larger; 0 = no limit."""

    def __post_init__(self) -> None:
        """Raise UsageError for an unknown value."""
        choices = (("media", MEDIA), ("watermark", WATERMARK), ("content", CONTENT), ("codec", CODEC))
        for name, allowed in choices:
            object.__setattr__(self, name, read_choice(name.upper(), getattr(self, name), allowed))
        object.__setattr__(self, "max_height", read_int("MAX_HEIGHT", self.max_height))


DEFAULT_POLICY = Policy()


def policy_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a Policy that *options* set."""
    return {name.lower(): options[name] for name in POLICY if name in options}


def policy_for(policy: Policy, options: Mapping[str, Any]) -> Policy:
    """Return *policy* with a seed's own *options*, which take precedence; raise UsageError."""
    return replace(policy, **policy_options(options)) if options else policy
