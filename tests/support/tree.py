"""Where the tree of the project begins."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
