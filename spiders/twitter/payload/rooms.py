"""Outcomes of answers about live broadcasts and audio rooms, which are never posts."""

from collections.abc import Mapping

from scraper.errors import ErrorCode, SeedError
from scraper.posts.fields import peek
from scraper.posts.verdicts import as_words

_RUNNING = frozenset({"running", "live", "live_public"})
_GEOBLOCKED = "/live_video_stream/geoblocked/"


def find_room(data: object) -> SeedError | None:
    """Return the outcome of an answer about a room or a broadcast, None for any other answer."""
    space = peek(data, "data.audioSpace")
    if isinstance(space, Mapping):
        metadata = space.get("metadata")
        if not isinstance(metadata, Mapping):
            return SeedError(ErrorCode.REMOVED, raw_message="an audio room that no longer exists")
        return _judge(metadata, "an audio room", peek(metadata, "is_space_available_for_replay"))
    location = peek(data, "source.location")
    if isinstance(location, str):
        if _GEOBLOCKED in location:
            return SeedError(ErrorCode.GEO_BLOCKED, raw_code="geoblocked")
        return SeedError(ErrorCode.UNSUPPORTED_KIND, raw_message="the address of a live stream, not a post")
    shows = peek(data, "broadcasts")
    show = next(iter(shows.values()), None) if isinstance(shows, Mapping) else peek(data, "broadcast")
    if isinstance(show, Mapping) and "state" in show:
        return _judge(show, "a broadcast", show.get("available_for_replay"))
    return None


def _judge(room: Mapping[str, object], what: str, can_replay: object) -> SeedError:
    """Return the outcome: NOT_LIVE if it neither runs nor can be replayed, else UNSUPPORTED_KIND."""
    state = as_words(room.get("state"))[:80]
    if state.lower() in _RUNNING or can_replay is True:
        return SeedError(ErrorCode.UNSUPPORTED_KIND, raw_code=state or None, raw_message=f"{what}, not a post")
    return SeedError(ErrorCode.NOT_LIVE, raw_code=state or None, raw_message=f"{what} that is not running")
