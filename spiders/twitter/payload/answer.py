"""Any answer of Twitter/X -> posts, or why there is none."""

from scraper.core.answers import Answer
from scraper.core.errors import PayloadError


def parse_answer(text: str) -> Answer:
    """Read a saved answer of any shape."""
    raise PayloadError("$", f"expected an answer, got {text[:20]!r}")
