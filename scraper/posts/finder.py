"""Find the posts in any answer by the shape of its objects; the source of the answer does not matter."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, TypeVar

from scraper.errors import PayloadError, SeedError
from scraper.model.post import Post
from scraper.posts.answer import Page
from scraper.posts.fields import join, peek
from scraper.text.unicode import clean_text

S = TypeVar("S", bound=Enum)

_CURSORS = (
    *("cursor", "max_cursor", "maxCursor", "nextCursor", "next_cursor", "min_cursor", "minCursor"),
    *("offset", "max_time", "min_time"),
)
_MORE = ("hasMore", "has_more", "hasMorePrevious", "hasMoreLatest")
_LIMIT = 50_000  # most objects visited; the largest captured answer has far fewer
_DEPTH = 24


@dataclass(slots=True)
class Candidate(Generic[S]):
    """An object that describes a post, with its shape and its path."""

    shape: S
    data: dict[str, Any]
    at: str


@dataclass(slots=True)
class Candidates(Generic[S]):
    """The posts of an answer; *page* is None if the answer is about one post."""

    raws: list[Candidate[S]]
    page: Page | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostRecognition(Generic[S]):
    """Rules to recognise posts in the answers of one platform; *S* is the enum of the shapes of post objects."""

    recognise: Callable[[object], S | None]
    """Returns the shape of a post object, None if the object is not a post."""
    wrappers: Mapping[str, S | None]
    """Key of an object around a post -> its shape if ``recognise`` does not find one; None = it must find one."""
    lists: tuple[str, ...]
    """Keys of lists of posts, the best known first."""
    details: frozenset[str]
    """Members of *lists* that also carry single posts: one entry is a post, not a list of one."""
    empty: frozenset[str]
    """Members of *lists* that mean "no posts" if they are empty."""
    not_posts: frozenset[str]
    """Keys whose values never contain a post of this answer (comments, the viewer)."""
    id_keys: tuple[str, ...] = ("id",)
    """Keys of the post's id; the first that has a value counts."""
    container: Callable[[object, str], Candidates[S] | None] | None = None
    """Returns the posts of an object with a structure of its own."""

    def names(self, raw: Candidate[S], post_id: str) -> bool:
        """Whether *raw* has *post_id* as the id of its post."""
        return next((str(found) for key in self.id_keys if (found := peek(raw.data, key))), None) == post_id


def choose(
    look: PostRecognition[S],
    raws: Sequence[Candidate[S]],
    post_id: str | None,
    parse: Callable[[Candidate[S]], Post],
    id_at: str,
) -> Post:
    """Return the post *post_id* of *raws*, for None the first; raise PayloadError if only other posts are there."""
    if post_id is None:
        return parse(raws[0])
    chosen = next((raw for raw in raws if look.names(raw, post_id)), raws[0])
    post = parse(chosen)
    if post.id != post_id:
        raise PayloadError(join(chosen.at, id_at), f"expected {post_id}, got {post.id}")
    return post


def pick(
    look: PostRecognition[S], find: Callable[[], Sequence[Candidate[S]]], post_id: str
) -> Mapping[str, Any] | None:
    """Return the object of the post *post_id* among those of *find*, else the only one; None if there is none."""
    try:
        raws = find()
    except (PayloadError, SeedError):
        return None
    own = next((raw for raw in raws if look.names(raw, post_id)), raws[0] if len(raws) == 1 else None)
    return None if own is None else own.data


def unwrap(look: PostRecognition[S], value: object, at: str) -> Candidate[S] | None:
    """Return the post that *value* is or wraps."""
    for _ in range(4):
        shape = look.recognise(value)
        if shape is not None and isinstance(value, dict):
            return Candidate(shape, value, at)
        if not isinstance(value, dict):
            return None
        key = next((key for key in look.wrappers if isinstance(value.get(key), dict) and value[key]), None)
        if key is None:
            return None
        at, value = join(at, key), value[key]
        if (forced := look.wrappers[key]) is not None and isinstance(value, dict):
            return Candidate(look.recognise(value) or forced, value, at)
    return None


def find_posts(look: PostRecognition[S], data: object, at: str = "") -> Candidates[S] | None:
    """Return the posts nearest to the root of *data*: a single post, or a list with its page."""
    for node, place, parents in _walk(look, data, at):
        if isinstance(node, list):
            if raws := _list(look, node, place):
                return Candidates(raws, make_page(len(raws), *parents))
            continue
        if look.container is not None and (held := look.container(node, place)) is not None:
            return held
        if (raw := unwrap(look, node, place)) is not None:
            return Candidates([raw])
        if (found := _lists(look, node, place, parents)) is not None:
            return found
    return None


def _walk(look: PostRecognition[S], data: object, at: str) -> Iterator[tuple[Any, str, tuple[Any, ...]]]:
    """Yield the objects and lists of *data*, breadth first, each with its path and its nearest parents."""
    queue: deque[tuple[object, str, tuple[Any, ...], int]] = deque([(data, at, (), 0)])
    for _ in range(_LIMIT):
        if not queue:
            return
        node, place, parents, depth = queue.popleft()
        yield node, place, parents
        if depth >= _DEPTH:
            continue
        pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        for key, child in pairs:
            if isinstance(child, dict | list) and child and key not in look.not_posts:
                queue.append((child, join(place, clean_text(str(key))), (node, *parents[:2]), depth + 1))


def _lists(look: PostRecognition[S], node: object, at: str, parents: tuple[Any, ...]) -> Candidates[S] | None:
    """Return the posts in the lists of *node*: those of the best known list, else of all (``{uid: [...]}``)."""
    if not isinstance(node, dict):
        return None
    lists = {
        key: raws
        for key, value in node.items()
        if isinstance(value, list)
        and value
        and key not in look.not_posts
        and (raws := _list(look, value, join(at, str(key))))
    }
    if not lists:
        return None
    known = next((key for key in look.lists if key in lists), None)
    raws = lists[known] if known is not None else [raw for group in lists.values() for raw in group]
    if known in look.details and len(raws) == 1:
        return Candidates(raws)
    return Candidates(raws, make_page(len(raws), node, *parents))


def _list(look: PostRecognition[S], values: list[Any], at: str) -> list[Candidate[S]]:
    """Return the posts of a list, without entries of another kind (users, live rooms, adverts)."""
    places = ((value, join(at, str(index))) for index, value in enumerate(values))
    return [raw for value, place in places if (raw := unwrap(look, value, place)) is not None]


def find_empty(look: PostRecognition[S], data: object) -> Page | None:
    """Return the page of an empty list, None if there is no such list."""
    for node, _, parents in _walk(look, data, ""):
        if not isinstance(node, dict):
            continue
        named = [key for key in look.lists if key in node and not node[key] and isinstance(node[key], list | None)]
        said = any(key in place for key in _MORE for place in (node, *parents) if isinstance(place, dict))
        # the answer may omit an empty list, and only state that there is no next page
        ends = any(key in node for key in _MORE) and any(key in node for key in _CURSORS)
        if ends or (named and (said or set(named) & look.empty)):
            return make_page(0, node, *parents)
    return None


def make_page(n_items: int, *nodes: object) -> Page:
    """Return the page of a list of *n_items*; cursor and ``has_more`` come from the nearest of *nodes* with them."""
    cursor = next(
        (value for node in nodes for key in _CURSORS if (value := _cursor(peek(node, key))) is not None), None
    )
    more = next((value for node in nodes for key in _MORE if (value := _flag(peek(node, key))) is not None), None)
    return Page(n_items=n_items, cursor=cursor, has_more=more)


def _cursor(value: object) -> int | str | None:
    if isinstance(value, str):
        return clean_text(value)[:500] or None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _flag(value: object) -> bool | None:
    return bool(value) if value in (0, 1) and isinstance(value, int) else None
