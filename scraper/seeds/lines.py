"""Parse lines into seeds, one for each link, without reading ahead. A line that cannot be read is a rejected seed."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from scraper.errors import ErrorCode, UsageError
from scraper.links.recogniser import Recogniser, Rejected
from scraper.model.policy import Policy, policy_options
from scraper.model.record import to_json
from scraper.model.ref import Ref
from scraper.model.seed import Seed
from scraper.text.jsonline import JSON
from scraper.text.unicode import clean_text

MAX_TEXT = 500
"""Characters of a seed's text that are kept."""
MAX_LINE = 1 << 20
"""Characters of a line; one that is longer is not read."""
_INVISIBLE = "\ufeff\u200b\u200e\u200f\u2060"
_LINE_END = re.compile(r"\r\n|\r|\n")
_NO_OPTIONS: Mapping[str, JSON] = {}
_KEYS = frozenset({"url", "options", "tags"})


class Line(NamedTuple):
    """The parsed content of one line, before the search for links. A tuple, as a list has one for each of its lines."""

    text: str
    problem: str | None = None
    options: Mapping[str, JSON] = _NO_OPTIONS
    tags: tuple[str, ...] = ()


def parse_lines(lines: Iterable[str | bytes], recogniser: Recogniser, *, first_line: int = 1) -> Iterator[Seed]:
    """Yield the seeds of *lines* (links, share texts or JSON lines); the first one has the number *first_line*."""
    for number, raw in enumerate(lines, first_line):
        text = _decode(raw).strip().strip(_INVISIBLE).strip()
        if text and not text.startswith("#"):
            yield from parse_line(_read_line(text, len(raw)), number, recogniser)


def split_text(text: str) -> list[str]:
    """Return the lines of ``-a urls=…``."""
    return _LINE_END.split(text)


def _decode(raw: str | bytes) -> str:
    return clean_text(raw if isinstance(raw, str) else raw.decode("utf-8", "replace"))


def parse_line(line: Line, number: int, recogniser: Recogniser) -> Iterator[Seed]:
    """Yield a seed for each link of *line*; without a link, one rejected seed."""
    links = recogniser.scan(line.text) if line.problem is None else iter(())
    place = 0
    for place, (written, found) in enumerate(links, 1):
        yield Seed(
            id=f"{number}.{place}",
            line=number,
            text=written[:MAX_TEXT],
            ref=found if isinstance(found, Ref) else None,
            rejected=found.reason if isinstance(found, Rejected) else None,
            platform=found.platform,
            options=line.options,
            tags=line.tags,
        )
    if place == 0:
        yield Seed(
            id=f"{number}.1",
            line=number,
            text=line.text[:MAX_TEXT],
            rejected=ErrorCode.NO_URL,
            problem=line.problem,
            options=line.options,
            tags=line.tags,
        )


def _read_line(text: str, length: int) -> Line:
    if length > MAX_LINE:
        problem = f"expected {MAX_LINE} characters a line at most: write one link or share text a line"
        return Line(text=text, problem=problem)
    return _read_json(text) if text.startswith("{") else Line(text=text)


def _read_json(text: str) -> Line:
    """Read ``{"url": …, "options": {…}, "tags": […]}``."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        place = f" at column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        return Line(
            text=text, problem=f'expected one JSON object a line, found a fault{place}: write {{"url": "LINK"}}'
        )
    problem = _find_problem(value)
    if problem is not None:
        return Line(text=text, problem=problem)
    options = {str(key): to_json(item) for key, item in value.get("options", {}).items()}
    tags = tuple(clean_text(tag) for tag in value.get("tags", ()))
    return Line(text=clean_text(value["url"]), options=options, tags=tags)


def _find_problem(value: object) -> str | None:
    """Return the problem of a JSON line's object, or None."""
    if not isinstance(value, dict) or not isinstance(value.get("url"), str):
        return 'url: expected a text: write {"url": "LINK"}'
    unknown = sorted(set(value) - _KEYS)
    if unknown:
        return f"{unknown[0][:60]!a}: is no key of a seed: expected url, options and tags"
    if not isinstance(value.get("options", {}), dict):
        return 'options: expected an object, e.g. {"MEDIA": "none"}'
    try:
        Policy(**policy_options(value.get("options", {})))
    except UsageError as error:
        return f"options: {error}"
    tags = value.get("tags", [])
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        return 'tags: expected a list of texts, e.g. ["first"]'
    return None
