"""Find the JSON of an answer: the answer itself, or the scripts of a page."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, TypeVar
from urllib.parse import unquote

from scraper.errors import PayloadError, SeedError
from scraper.posts.scripts import find_scripts, load_assigned, load_json
from scraper.text.unicode import clean_text

_NAME_WITHIN = 200  # first characters of a script, which must contain the name it assigns to


class Holder(Protocol):
    """The posts found in a state; *raws* is empty if the state says that there are none."""

    @property
    def raws(self) -> Sequence[Any]: ...


F = TypeVar("F", bound=Holder)


def find_in_answer(text: str, ids: Sequence[str], names: Sequence[str], find: Callable[[Any], F]) -> F:
    """Return the result of *find* on *text*, JSON or a page (``find_in_states``); raise PayloadError for other text."""
    start = text.lstrip()[:1]
    if start in ("{", "["):
        return find(load_json(text))
    if start != "<":
        raise PayloadError("$", f"expected a page or JSON, got {clean_text(text.strip()[:20])!r}")
    return find_in_states(text, ids, names, find)


def find_in_states(page: str, ids: Sequence[str], names: Sequence[str], find: Callable[[Any], F]) -> F:
    """
    Return the first result of *find* on the scripts with one of *ids* and the values assigned to one of *names*.

    If none has a post, the clearest reason counts: a SeedError, then an empty result, then a PayloadError.
    """
    empty: F | None = None
    errors: list[PayloadError | SeedError] = []
    for data in _states(page, ids, names, errors):
        try:
            found = find(data)
        except (PayloadError, SeedError) as error:
            errors.append(error)
            continue
        if found.raws:
            return found
        empty = empty or found
    refusal = next((error for error in errors if isinstance(error, SeedError)), None)
    if refusal is not None:
        raise refusal
    if empty is not None:
        return empty
    wanted = f"script#{ids[0]}" if ids else names[0]
    raise errors[0] if errors else PayloadError(wanted, "expected a script, got nothing")


def _states(
    page: str, ids: Sequence[str], names: Sequence[str], errors: list[PayloadError | SeedError]
) -> Iterator[Any]:
    """Yield the JSON of the scripts that may hold posts, the usual ones first; add to *errors* for invalid JSON."""
    scripts = list(find_scripts(page))
    for name in ids:
        for body in [_decode(body) for script_id, body in scripts if script_id == name]:
            if body.strip()[:1] != "{":
                continue
            try:
                yield load_json(body, f"script#{name}")
            except PayloadError as error:
                errors.append(error)
    for name in names:
        for body in [body for _, body in scripts if name in body[:_NAME_WITHIN] and not _is_json(body)]:
            try:
                value = load_assigned(body, name)
            except PayloadError as error:
                errors.append(error)
                continue
            if isinstance(value, dict):
                yield value


def _decode(body: str) -> str:
    """Return *body* percent-decoded: some sites encode a whole state."""
    return unquote(body) if body.lstrip()[:3].upper() == "%7B" else body


def _is_json(body: str) -> bool:
    return body.lstrip()[:1] in ("{", "[")
