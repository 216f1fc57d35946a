"""Write lines of JSON, and read those of a file that may be cut short."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from scraper.text.unicode import clean_text

JSON: TypeAlias = "bool | int | float | str | list[JSON] | dict[str, JSON] | None"
# JSON allows them raw, but str.splitlines() and some editors break a line there.
_LINE_BREAKS = str.maketrans({"\x85": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"})


def dump_line(value: Any) -> str:
    """
    Return *value* as one compact line of JSON, without the line end.

    Readable characters are not escaped; lone surrogates are replaced. NaN raises ValueError: ``to_json`` removes it.
    """
    line = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return line if line.isascii() else clean_text(line).translate(_LINE_BREAKS)


def whole_lines(lines: Iterable[bytes]) -> Iterator[tuple[bytes, dict[str, Any]]]:
    """Yield each of *lines* with its object; stop at the first that is cut short, damaged or not an object."""
    for line in lines:
        if not line.endswith(b"\n"):
            return
        try:
            value = json.loads(line)
        except ValueError:  # a crash of the machine leaves zeros
            return
        if not isinstance(value, dict):
            return
        yield line, value
