"""Remove files, and the folders that become empty."""

from collections.abc import Iterable
from pathlib import Path


def remove_files(paths: Iterable[Path], root: Path) -> None:
    """Remove *paths*, and the folders below *root* that become empty; raise OSError."""
    paths = list(paths)
    for path in paths:
        path.unlink(missing_ok=True)
    for folder in {path.parent for path in paths}:
        if folder.is_dir() and folder != root and not any(folder.iterdir()):
            folder.rmdir()
