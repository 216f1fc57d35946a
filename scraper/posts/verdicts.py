"""Translate a platform's own status codes and messages, anywhere in an answer, into error codes."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from scraper.errors import ErrorCode, SeedError
from scraper.posts.fields import peek
from scraper.text.unicode import clean_text

_FINE = frozenset({"0", "200", "", "success", "ok"})
_CODE = r'"(?:code|statusCode|status_code)"\s*:\s*"?{}\b'


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """The status codes and messages of one platform."""

    codes: Mapping[str, ErrorCode]
    words: tuple[tuple[str, ErrorCode], ...]
    """Part of a message in lower case -> its meaning if the code is unknown; the first match counts."""
    nested: tuple[str, ...]
    """Places that are read before the answer itself, which may be a wrapper with a message of its own."""
    code_keys: tuple[str, ...] = ("statusCode", "status_code", "code")
    word_keys: tuple[str, ...] = ("statusMsg", "statusMessage", "status_msg", "message", "msg", "type")

    def of(self, node: object) -> SeedError | None:
        """Return the outcome that *node* itself states, None for success or no statement."""
        if not isinstance(node, Mapping):
            return None
        codes = (text for key in self.code_keys if (text := as_code(node.get(key))).lower() not in _FINE)
        code = next(codes, None)
        if code is None:
            return None
        words = next((text for key in self.word_keys if (text := as_words(node.get(key)))), None)
        return SeedError(self._judge(code, words or ""), raw_code=code, raw_message=words)

    def find(self, data: object) -> SeedError | None:
        """Return the outcome stated in *data* or in an object that it wraps."""
        return next((error for node in self._nodes(data) if (error := self.of(node)) is not None), None)

    def _nodes(self, data: object) -> Iterator[object]:
        found: list[Any] = [peek(data, path) for path in self.nested]
        if isinstance(data, Mapping) and as_code(data.get("code")) in self.codes:
            return iter([data, *found])
        return iter([*found, data])

    def _judge(self, code: str, words: str) -> ErrorCode:
        if code in self.codes:
            return self.codes[code]
        text = words.lower()
        return next((judged for word, judged in self.words if word in text), ErrorCode.PARSE_ERROR)


def as_code(value: object) -> str:
    """Return a code, a number or a word, as text; empty for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return ""
    return clean_text(value.strip()) if isinstance(value, str) else str(value) if abs(value) < 10**12 else ""


def as_words(value: object) -> str:
    """Return a message, cut to the limit of an envelope; empty for anything else."""
    return clean_text(value.strip())[:500] if isinstance(value, str) else ""


def states_code(text: str, code: str) -> bool:
    """Whether *text*, JSON or a page with JSON, states *code* anywhere; cheaper than parsing it."""
    return re.search(_CODE.format(re.escape(code)), text) is not None


def find_other(data: object, names: Mapping[str, str]) -> SeedError | None:
    """Return the error for an answer that is not about posts; *names* describes the answer that has a key."""
    for node in (data, peek(data, "data"), peek(data, "data.data")):
        key = next((key for key in names if isinstance(node, dict) and key in node), None)
        if key is not None:
            return SeedError(ErrorCode.UNSUPPORTED_KIND, raw_message=f"{names[key]}, not a post")
    return None
