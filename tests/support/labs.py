"""Labs of a test's own, and long lists of their posts."""

from collections.abc import Callable
from pathlib import Path

from tests.lab.process import LabProcess

StartLab = Callable[..., LabProcess]
X_MANY, X_MEDIA = "lab_many", "video.twimg.com"
"""Author of many posts of X, and X's host of video files. X needs no browser, and runs work alike on all platforms."""


def many(lab: LabProcess, number: int, path: Path) -> Path:
    """Write the links of *number* posts of X to *path*."""
    urls = [post["url"] for post in lab.posts if X_MANY in post["url"]][:number]
    path.write_text("\n".join(urls), "utf-8")
    return path
