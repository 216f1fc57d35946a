"""The saved answers of our own making: ``<platform>/payloads/<case>/`` holds one and what reading it gives."""

from importlib import import_module
from pathlib import Path
from typing import Any

from scraper.core.errors import PayloadError, SeedError
from scraper.core.record import to_record

PAYLOADS = Path(__file__).parent
CASES = sorted(PAYLOADS.glob("*/payloads/*/input.*"))


def outcome(platform: str, text: str) -> dict[str, Any]:
    """Return what reading *text* ends with, as JSON."""
    try:
        answer = import_module(f"spiders.{platform}.payload.answer").parse_answer(text)
    except SeedError as error:
        return {"error": {"code": error.code, "raw_code": error.raw_code, "raw_message": error.raw_message}}
    except PayloadError as error:
        return {"error": {"code": "parse_error", "path": error.path, "problem": error.problem}}
    page = answer.page and {
        "n_items": answer.page.n_items,
        "cursor": answer.page.cursor,
        "has_more": answer.page.has_more,
    }
    return {"page": page, "posts": [to_record(post) for post in answer.posts]}


def case_text(platform: str, name: str) -> str:
    """Return the saved answer of the case *name*."""
    return next((PAYLOADS / platform / "payloads" / name).glob("input.*")).read_text("utf-8")
