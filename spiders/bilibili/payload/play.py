"""Read the answers about one part: play data in all its wrappers, and the player's own (subtitles, chapters)."""

from collections.abc import Iterator, Mapping

from scraper.errors import PayloadError, SeedError
from scraper.model.post import Chapter, Media
from scraper.posts.answer import PostFragment
from scraper.posts.fields import Fields, join, read_id, read_int, read_seconds, read_text, type_name
from scraper.posts.offers import make_subtitle
from spiders.bilibili.payload.outcome import find_outcome, find_play_outcome
from spiders.bilibili.payload.streams import PREVIEW, read_streams
from spiders.bilibili.payload.values import find_bvid, read_flag, read_prefixed, read_web_url

INTERACTIVE = "interactive"
SUPPORTERS = "supporters_only"
MISSING_SUBTITLES = "missing_subtitles"
"""Warning: a login would add subtitles."""

_WRAPPERS = ("raw", "data", "result")
_FILES = ("dash", "durl", "durls")
_PLAY_KEYS = frozenset((*_FILES, "video_info", "play_check", "play_view_business_info", "play_video_type"))
_PLAYER_KEYS = frozenset(("view_points", "need_login_subtitle", "online_count", "login_mid_hash", "preview_toast"))
_EPISODE = "play_view_business_info.episode_info"
_PREVIEWS = ("PLAY_PREVIEW", "preview")


def is_play(value: object) -> bool:
    """Whether *value* is play data without a wrapper."""
    return isinstance(value, Mapping) and not _PLAY_KEYS.isdisjoint(value.keys())


def is_player(value: object) -> bool:
    """Whether *value* is the player's answer with subtitles and chapters."""
    return isinstance(value, Mapping) and len(_PLAYER_KEYS & value.keys()) >= 2


def find_play(data: object, at: str = "") -> Fields | None:
    """Return the play data that *data* is or wraps; raise SeedError if a wrapper gives the reason for none."""
    for _ in range(len(_WRAPPERS) + 1):
        if not isinstance(data, Mapping):
            return None
        if is_play(data):
            return Fields(data, at)
        if (error := find_outcome(data)) is not None:
            raise error
        key = next((key for key in _WRAPPERS if isinstance(data.get(key), dict)), None)
        if key is None:
            return None
        at, data = join(at, key), data[key]
    return None


def read_play(found: Fields) -> PostFragment:
    """Return the media of one part."""
    play = found.child("video_info") if "video_info" in found.raw else found
    if not any(play.raw.get(key) for key in _FILES):
        raise _explain(found, play)
    media, warnings = read_streams(play)
    post_id = read_prefixed(found, "ep", f"{_EPISODE}.ep_id", "supplement.ogv_episode_info.episode_id")
    checks = (found.get(read_text, "play_check.play_detail"), found.get(read_text, "play_video_type"))
    if any(check in _PREVIEWS for check in checks):
        warnings.append(PREVIEW)
    return PostFragment(
        post_id=post_id,
        part_id=found.get(read_id, f"{_EPISODE}.cid", "arc.cid"),
        media=media,
        warnings=list(dict.fromkeys([*warnings, *found.warnings()])),
    )


def _explain(found: Fields, play: Fields) -> SeedError | PayloadError:
    """Return the error for play data without media: the site's own reason, else the missing path."""
    stated = find_play_outcome(found.raw) or find_outcome(found.raw) or find_outcome(play.raw)
    return stated or PayloadError(play.path("dash"), f"expected dict, got {type_name(play.raw.get('dash'))}")


def read_player(player: Fields) -> PostFragment:
    """Return subtitles and chapters of one part."""
    subtitles = [medium for medium in _subtitles(player) if medium is not None]
    for index, medium in enumerate(subtitles, start=1):
        medium.index = index
    restrictions = [INTERACTIVE] if player.child("interaction") else []
    if player.get(read_flag, "is_upower_exclusive"):
        restrictions.append(SUPPORTERS)
    warnings = [MISSING_SUBTITLES] if player.get(read_flag, "need_login_subtitle") else []
    chapters = list(_chapters(player))
    return PostFragment(
        post_id=find_bvid(player),
        part_id=player.get(read_id, "cid"),
        media=subtitles,
        chapters=chapters,
        restrictions=restrictions,
        warnings=[*warnings, *player.warnings()],
    )


def _subtitles(player: Fields) -> Iterator[Media | None]:
    for entry in player.children("subtitle.subtitles"):
        url = entry.get(read_web_url, "subtitle_url")
        yield make_subtitle([url] if url else [], entry.get(read_text, "lan"), "json")


def _chapters(player: Fields) -> Iterator[Chapter]:
    for entry in player.children("view_points"):
        title, start = entry.get(read_text, "content"), entry.get(read_int, "from")
        if title is not None and start is not None:
            yield Chapter(title=title, start=float(start), end=entry.get(read_seconds, "to"))
