"""Find scripts in a page, and JSON in scripts. Linear in the length of the page; no tree is built."""

import json
import re
from collections.abc import Iterator
from typing import Any

from scraper.errors import PayloadError
from scraper.posts.fields import type_name

_OPEN = re.compile(r"<script\b", re.IGNORECASE)
_CLOSE = re.compile(r"</script", re.IGNORECASE)
_ATTRIBUTES = 2000  # first characters of a tag, which must contain its id
_ID = re.compile(r"""(?:^|\s)id\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)


def find_scripts(page: str) -> Iterator[tuple[str, str]]:
    """Yield id ("" if it has none) and text of every script of *page*."""
    place = 0
    while (opened := _OPEN.search(page, place)) is not None:
        begin = page.find(">", opened.end()) + 1
        if not begin:
            return
        closed = _CLOSE.search(page, begin)
        end = len(page) if closed is None else closed.start()
        named = _ID.search(page[opened.end() : min(begin - 1, opened.end() + _ATTRIBUTES)])
        yield (named[1] or named[2] or named[3] or "") if named else "", page[begin:end]
        place = end


def find_script(page: str, script_id: str) -> str | None:
    """Return the text of the script with this id."""
    return next((text for found, text in find_scripts(page) if found == script_id), None)


def load_json(text: str, at: str = "$") -> Any:
    """Decode *text*; raise PayloadError for invalid JSON. NaN and the infinities, unknown to JSON, become None."""
    try:
        return json.loads(text, parse_constant=_absent)
    except RecursionError:
        raise PayloadError(at, "expected JSON, got JSON nested too deep") from None
    except ValueError as error:
        raise PayloadError(at, f"expected JSON, got {text.strip()[:20]!r} ({error})") from None


def load_assigned(text: str, name: str) -> Any:
    """Return the JSON value assigned to *name* in a script's *text*, None if there is no such assignment."""
    place = text.find(name)
    if place < 0:
        return None
    begin = re.compile(r"[^={}]{0,20}=\s*").match(text, place + len(name))
    if begin is None:
        return None
    try:
        value, _ = json.JSONDecoder(parse_constant=_absent).raw_decode(text, begin.end())
    except RecursionError:
        raise PayloadError(name, "expected JSON, got JSON nested too deep") from None
    except ValueError as error:
        raise PayloadError(name, f"expected JSON, got {text[begin.end() : begin.end() + 20]!r} ({error})") from None
    return value


def load_object(text: str, at: str = "$") -> dict[str, Any]:
    """Decode *text*, which must hold an object."""
    value = load_json(text, at)
    if not isinstance(value, dict):
        raise PayloadError(at, f"expected dict, got {type_name(value)}")
    return value


def _absent(_: str) -> None:
    return None
