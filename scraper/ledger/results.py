"""How the seeds of a run ended, read beside whoever has its ledger open."""

import sqlite3
from contextlib import closing
from pathlib import Path

from scraper.ledger.rows import translated

_ENDS = "SELECT coalesce(error, 'ok'), count(*) FROM seeds WHERE code IS NOT NULL GROUP BY 1 ORDER BY 1"


def count_endings(path: Path) -> dict[str, int]:
    """Return how many seeds in the ledger at *path* ended how: ``ok``, or an error code. Raises UsageError, OSError."""
    name = f"{path.absolute().as_uri()}?mode=ro"
    with translated(path, opening=True), closing(sqlite3.connect(name, uri=True)) as database:
        return dict(database.execute(_ENDS).fetchall())
