"""Functions that all builders of a post's answer share."""

import re
from collections.abc import Mapping
from typing import Any


def overlay(item: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return *item* with *changes* laid over it; null removes a field."""
    for name, value in changes.items():
        if value is None:
            item.pop(name, None)
        else:
            item[name] = overlay(item[name], value) if isinstance(value, Mapping) else value
    return item


def find_hashtags(text: str) -> list[tuple[str, int, int]]:
    """Return the hashtags of *text*, each with its start and end."""
    return [(found[1], found.start(), found.end()) for found in re.finditer(r"#(\w+)", text)]
