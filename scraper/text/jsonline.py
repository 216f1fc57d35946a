"""One line of JSON."""

import json
from typing import Any, TypeAlias

from scraper.text.unicode import clean_text

JSON: TypeAlias = "bool | int | float | str | list[JSON] | dict[str, JSON] | None"
# JSON allows them raw, but str.splitlines() and some editors break a line there.
_LINE_BREAKS = str.maketrans({"\x85": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"})


def dump_line(value: Any) -> str:
    """
    Return *value* as one compact line of JSON, without the line end.

    Readable characters stay as they are; lone surrogates are replaced. NaN raises ValueError: ``to_json`` removes it.
    """
    line = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return line if line.isascii() else clean_text(line).translate(_LINE_BREAKS)
