"""The columns of the corpus index in Twitter/X records."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

from scraper.model.post import Media, Post, Role
from scraper.model.ranking import rank
from scraper.posts.answer import Answer

COUNT = 30
"""Rows of the index."""

STATS = {"replies": "comments", "bookmarks": "saves", "plays_or_views": "plays"}
MORE_MEDIA = {  # which the index does not count as the post's own
    "twitter/gql-tweet-detail-7.json": {"photo": 1},  # the cover of an article
    "twitter/legacy-list-3.json": {"photo": 1, "video": 1},  # reposts whose media only the original lists
}
REPOST_OF = "repost_of:"


def repost_of(post: Post) -> str | None:
    return next((word.removeprefix(REPOST_OF) for word in post.warnings if word.startswith(REPOST_OF)), None)


def own(post: Post) -> list[Media]:
    """Return the media that are not those of a quoted post."""
    return [medium for medium in post.media if medium.owner_id in (post.id, repost_of(post))]


def form(medium: Media) -> str:
    return "photo" if medium.role is Role.IMAGE else "animated_gif" if medium.is_gif else "video"


def count(name: str) -> Callable[[Post], int]:
    return lambda post: sum(form(medium) == name for medium in own(post))


def bare_image(url: str) -> str:
    """Return an image's URL as an answer writes it."""
    base, _, query = url.partition("?")
    found = dict(pair.split("=") for pair in query.split("&"))
    return f"{base}.{found['format']}" if "format" in found else base


def describe(post: Post) -> list[dict[str, Any]]:
    return [_describe(post, medium) for medium in own(post)]


def _describe(post: Post, medium: Media) -> dict[str, Any]:
    said: dict[str, Any] = {"type": form(medium), "width": medium.width, "height": medium.height}
    best = medium.variants[rank(medium)[0]]
    if medium.role is Role.IMAGE:
        return said | {"image_url": bare_image(best.url)}
    assert post.cover is not None
    mp4 = [variant.bitrate or 0 for variant in medium.variants if variant.quality not in ("hls", "dash")]
    said |= {"image_url": bare_image(post.cover.url), "n_variants": len(medium.variants), "bitrates": sorted(mp4)}
    said["best_mp4"] = best.url
    return said if medium.duration is None else said | {"duration_ms": round(medium.duration * 1000)}


def media_counts(answer: Answer) -> dict[str, int]:
    found = Counter(form(medium) for post in answer.posts for medium in own(post))
    return {name: found[name] for name in ("photo", "video", "animated_gif")}


OF_POST: dict[str, Callable[[Post], Any]] = {
    "n_images": count("photo"),
    "n_videos": count("video"),
    "n_gifs": count("animated_gif"),
    "quoted_n_images": lambda post: sum(medium.owner_id == post.quoted_id for medium in post.media),
    "media": describe,
    "language": lambda post: post.language,
    "quoted_id": lambda post: post.quoted_id,
    "retweet_of_id": repost_of,
    "long_text_length": lambda post: len(post.text or ""),
}
OF_ANSWER: dict[str, Callable[[Answer], Any]] = {
    "n_results": lambda answer: answer.page and answer.page.n_items,
    "tweet_entry_ids": lambda answer: [post.id for post in answer.posts],
    "focal_id": lambda answer: answer.posts[0].id,
    "bottom_cursor": lambda answer: answer.page and answer.page.cursor,
    "media_counts": media_counts,
}
POST_AT: dict[str, Callable[[Answer], Post]] = {
    "first_entry": lambda answer: answer.posts[0],
    "first_with_video": lambda answer: next(
        post for post in answer.posts if any(medium.role is Role.VIDEO for medium in post.media)
    ),
}
NOT_IN_A_RECORD: dict[str, str] = {
    "reply_to_id": "the post that is answered has no place",
    "card": "of a card only the media have a place",
}


def end_of(row: dict[str, Any]) -> tuple[str, str | None, str | None] | None:
    """Return the expected outcome of the answer, None if it has posts."""
    expected = row["expected"]
    if "reason" in expected:
        code = {"Protected": "private", "Suspended": "user_gone"}[expected["reason"]]
        return code, expected["reason"], expected["unavailable"]
    return ("removed", expected["unavailable"], expected["text"]) if "unavailable" in expected else None


def expected_of(row: dict[str, Any]) -> dict[str, Any]:
    """Return the values of the index, with the names of a record and times in unix seconds."""
    expected = _translate(row["expected"])
    for name in ("first", *POST_AT):
        if name in expected:
            expected[name] = _translate(expected[name])
    if row["kind"] in ("gql-timeline", "gql-tweet-detail"):
        expected.setdefault("bottom_cursor", None)
    if row["kind"] == "gql-tweet-detail":
        [expected["focal_id"]] = expected.pop("tweet_entry_ids")
    for form_name, more in MORE_MEDIA.get(row["file"], {}).items():
        expected["media_counts"] = {**expected["media_counts"]}
        expected["media_counts"][form_name] += more
    return expected


def _translate(expected: dict[str, Any]) -> dict[str, Any]:
    found = dict(expected)
    if "stats" in found:
        found["stats"] = {STATS.get(name, name): value for name, value in found["stats"].items()}
    if "created_at" in found:
        found["created_at"] = _read_time(found["created_at"]).timestamp()
    return found


def _read_time(text: str) -> datetime:
    return datetime.fromisoformat(text) if text[:1].isdigit() else datetime.strptime(text, "%a %b %d %H:%M:%S %z %Y")
