"""The forms in which the cookies and tokens that the lab gave out must not appear."""

import json
import time
from collections.abc import Mapping, Sequence
from urllib.parse import quote, unquote

SHORTEST = 8
DAY = 86_400
"""Seconds."""


def forms(value: str) -> set[str]:
    bare = value.strip('"')
    all_forms = {value, bare, quote(bare, safe=""), unquote(bare), json.dumps(bare)[1:-1], bare.replace("/", "\\/")}
    return {form for form in all_forms if len(form) >= SHORTEST}


def secrets_of(given: Mapping[str, Sequence[tuple[str, str]]]) -> set[str]:
    """Return the texts that must not appear, for the names and values in *given* (by platform)."""
    return {form for pairs in given.values() for name, value in pairs for form in named(name, value)}


def named(name: str, value: str) -> set[str]:
    """Return the forms of *value*; with *name* if it is a current time, which any answer may contain."""
    if not value.isdigit() or abs(int(value) - time.time()) > DAY:
        return forms(value)
    return {f"{quoted}{mark}{value}" for quoted in (name, f'"{name}"', f'\\"{name}\\"') for mark in ("=", ":", ': "', ':"', ': ', ':\\"')}
