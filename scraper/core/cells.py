"""A value as the text of a CSV cell."""

import json
from typing import Any

_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What makes a spreadsheet take a text for a formula (OWASP, "CSV Injection")."""


def to_cell(value: Any, *, guard: bool) -> str:
    """
    Return *value* as text: None is empty, lists and objects are JSON.

    With *guard* a text that a spreadsheet would run begins with ``'``; numbers are never changed.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if guard and value.startswith(_FORMULAS) else value
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
