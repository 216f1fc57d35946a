"""Labs of a test's own, and long lists of their posts."""

from collections.abc import Callable
from pathlib import Path

from tests.lab.process import LabProcess

StartLab = Callable[..., LabProcess]
MEDIA = "tos-useast2a"
"""In the path of TikTok's video files."""
X_MANY = "lab_many"
"""Of X, whose posts need no browser: what runs promise is the same for all platforms."""


def many(lab: LabProcess, number: int, path: Path, name: str = "lab.many") -> Path:
    """Write the links of so many posts of the author *name* to *path*."""
    urls = [post["url"] for post in lab.posts if name in post["url"]][:number]
    path.write_text("\n".join(urls), "utf-8")
    return path
