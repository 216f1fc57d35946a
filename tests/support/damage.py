"""Damage to saved answers: some value anywhere is removed or replaced."""

import json
import random
from copy import deepcopy
from typing import Any

from scraper.posts.scripts import find_scripts

JUNK: list[Any] = [
    None,
    0,
    -1,
    1.5,
    "",
    "x",
    "\ud800",
    True,
    [],
    {},
    [None],
    [1],
    {"a": 1},
    10**400,
    "https://[x",
    "//a",
]


def states_of(text: str) -> list[str]:
    """Return the JSON texts of an answer: the answer itself, or the objects in the scripts of a page."""
    if not text.lstrip().startswith("<"):
        return [text]
    return [state for _, body in find_scripts(text) if (state := _state(body)) is not None]


def _state(script: str) -> str | None:
    start = script.find("{") if script.lstrip()[:1] == "{" else script.find("{", script.find("=") + 1)
    try:
        value, _ = json.JSONDecoder().raw_decode(script[max(start, 0) :])
    except ValueError:
        return None
    return json.dumps(value) if isinstance(value, dict) and value else None


def damage(data: Any, chance: random.Random) -> None:
    """Remove or replace some value anywhere in *data*."""
    spots: list[tuple[Any, Any]] = []
    stack = [data]
    while stack:
        node = stack.pop()
        pairs = list(node.items() if isinstance(node, dict) else enumerate(node))
        spots += [(node, key) for key, _ in pairs]
        stack += [value for _, value in pairs if isinstance(value, dict | list)]
    if not spots:
        return
    node, key = chance.choice(spots)
    if chance.random() < 0.4:
        del node[key]
    else:
        node[key] = deepcopy(chance.choice(JUNK))  # a shared object could end up within itself
