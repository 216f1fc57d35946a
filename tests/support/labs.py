"""Labs of a test's own, and long lists of their posts."""

from collections.abc import Callable
from pathlib import Path

from tests.lab.process import LabProcess

StartLab = Callable[..., LabProcess]
X_MANY, X_MEDIA = "lab_many", "video.twimg.com"
"""Author of many posts, and the host of video files, of X, whose posts need no browser: what runs promise is the same for all platforms."""


def many(lab: LabProcess, number: int, path: Path) -> Path:
    """Write the links of so many posts of X to *path*."""
    urls = [post["url"] for post in lab.posts if X_MANY in post["url"]][:number]
    path.write_text("\n".join(urls), "utf-8")
    return path
