"""Turn a Post into its record in ``posts.jsonl``, and other values into JSON values."""

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from functools import cache
from typing import Any

from scraper.model.post import Post
from scraper.text.jsonline import JSON
from scraper.text.times import aware
from scraper.text.unicode import clean_text

_SECRET_FIELDS = frozenset({"jar"})
_SECRET_HEADERS = frozenset({"cookie", "set-cookie", "authorization", "proxy-authorization"})
_LISTS = (list, tuple, set, frozenset)


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


def _from_dataclass(value: Any) -> dict[str, JSON]:
    kind: type = type(value)
    return {name: _field(name, getattr(value, name)) for name in _names(kind)}


def _field(name: str, value: object) -> JSON:
    if name == "headers" and isinstance(value, Mapping):
        return {key: to_json(item) for key, item in value.items() if key.lower() not in _SECRET_HEADERS}
    return to_json(value)


@cache
def _names(kind: type) -> tuple[str, ...]:
    recorded = (field.name for field in fields(kind) if field.metadata.get("is_recorded", True))
    return tuple(name for name in recorded if name not in _SECRET_FIELDS)
