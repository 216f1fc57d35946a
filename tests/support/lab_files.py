"""Media files of the lab, which is not started for them."""

from pathlib import Path

from tests.lab import media


def lab_file(name: str) -> Path:
    media.ensure([name.partition(".")[0]])
    return media.cache_dir() / name
