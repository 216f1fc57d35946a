"""Post -> the record of ``posts.jsonl``, and the one way to write a line of JSON."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeAlias

from scraper.core.items import Post

JSON: TypeAlias = "bool | int | float | str | list[JSON] | dict[str, JSON] | None"

_SECRET_FIELDS = frozenset({"jar"})
_SECRET_HEADERS = frozenset({"cookie", "set-cookie", "authorization", "proxy-authorization"})
_LISTS = (list, tuple, set, frozenset)
_SURROGATE = re.compile("[\ud800-\udfff]")
# JSON allows them raw, but str.splitlines() and some editors break a line there.
_LINE_BREAKS = str.maketrans({"\x85": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"})


def to_record(post: Post) -> dict[str, JSON]:
    """Return *post* as JSON values: keys in the order of declaration, absent = None, cookie values left out."""
    return _from_dataclass(post)


def to_json(value: object) -> JSON:
    """Return *value* in JSON's types: NaN and infinities become None, times ISO 8601 with their offset."""
    if isinstance(value, str):
        return clean_text(value)
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, _LISTS):
        return [to_json(item) for item in value]
    if is_dataclass(value):
        return _from_dataclass(value)
    if isinstance(value, datetime):
        return aware(value).isoformat()
    if isinstance(value, Mapping):
        return {clean_text(str(key)): to_json(item) for key, item in value.items()}
    raise TypeError(f"expected a value that JSON can hold, got {type(value).__name__}")


def aware(time: datetime) -> datetime:
    """Return *time* with its offset; one without is UTC."""
    return time if time.tzinfo is not None else time.replace(tzinfo=UTC)


def unix_time(time: datetime | None) -> int | None:
    """Return *time* in whole unix seconds."""
    return None if time is None else int(aware(time).timestamp())


def clean_text(text: str) -> str:
    """Return *text* as valid Unicode: surrogate pairs joined, lone surrogates replaced by U+FFFD."""
    if text.isascii() or _SURROGATE.search(text) is None:
        return text if type(text) is str else str(text)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def dump_line(value: Any) -> str:
    """
    Return *value* as one compact line of JSON, without the line end.

    Readable characters stay as they are; lone surrogates are replaced. NaN raises ValueError: ``to_json`` removes it.
    """
    line = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return line if line.isascii() else clean_text(line).translate(_LINE_BREAKS)


def _from_dataclass(value: Any) -> dict[str, JSON]:
    kind: type = type(value)
    return {name: _field(name, getattr(value, name)) for name in _names(kind)}


def _field(name: str, value: object) -> JSON:
    if name == "headers" and isinstance(value, Mapping):
        return {key: to_json(item) for key, item in value.items() if key.lower() not in _SECRET_HEADERS}
    return to_json(value)


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind) if field.name not in _SECRET_FIELDS)
