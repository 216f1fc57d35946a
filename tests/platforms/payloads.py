"""Our own saved answers: ``<platform>/payloads/<case>/`` has one answer and the expected result."""

from importlib import import_module
from pathlib import Path
from typing import Any

from scraper.errors import PayloadError, SeedError
from scraper.model.record import to_json, to_record

PAYLOADS = Path(__file__).parent
CASES = sorted(PAYLOADS.glob("*/payloads/*/input.*"))


def outcome(platform: str, text: str) -> dict[str, Any]:
    """Return the result of reading *text*, as JSON."""
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
    shown: dict[str, Any] = {"page": page, "posts": [to_record(post) for post in answer.posts]}
    if answer.page is not None and (answer.page.id or answer.page.title):
        shown["list"] = {"id": answer.page.id, "title": answer.page.title}
    if answer.fragment is not None:
        shown["fragment"] = to_json(answer.fragment)
    if answer.leads_to is not None:
        shown["leads_to"] = answer.leads_to
    return shown


def case_text(platform: str, name: str) -> str:
    """Return the saved answer of the case *name*."""
    return next((PAYLOADS / platform / "payloads" / name).glob("input.*")).read_text("utf-8")
