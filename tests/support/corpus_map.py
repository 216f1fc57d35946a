"""Tables for all platforms: the place in a record for each name that ``INDEX.jsonl`` lists for a captured answer."""

from collections.abc import Callable
from typing import Any

from scraper.model.post import Kind, Media, Post, Role, Variant
from scraper.posts.answer import Answer

CLEAN_SOURCES = ("video.bitrateInfo", "video.bit_rate")
SOURCE_OF_DOWNLOAD = ("video.downloadAddr", "video.download.url", "video.download_addr")


def main(post: Post) -> Media:
    return post.media[0]


def of_role(post: Post, role: Role) -> list[Media]:
    return [medium for medium in post.media if medium.role is role]


def variants(post: Post) -> list[Variant]:
    return [variant for medium in of_role(post, Role.VIDEO) for variant in medium.variants]


def download(post: Post) -> Variant | None:
    return next((v for v in variants(post) if v.watermark_source in SOURCE_OF_DOWNLOAD), None)


def has_watermark(post: Post) -> bool:
    found = download(post)
    return found is not None and found.watermark is True


def kind(post: Post) -> str:
    return {Kind.IMAGE: "photo"}.get(post.kind, str(post.kind))


def stats(post: Post) -> dict[str, int | None]:
    return {name: getattr(post.stats, name, None) for name in post.stats.__dataclass_fields__}


def image_sizes(post: Post) -> list[list[int | None]]:
    return [[image.width, image.height] for image in of_role(post, Role.IMAGE)]


# Contents of a post: name in the index -> how to read it from a Post.
OF_POST: dict[str, Callable[[Post], Any]] = {
    "id": lambda post: post.id,
    "type": kind,
    "embed_type": kind,
    "author_handle": lambda post: post.author.handle,
    "author_name": lambda post: post.author.name,
    "author_id": lambda post: post.author.id,
    "author_url": lambda post: post.author.url,
    "created_at": lambda post: post.created_at and post.created_at.timestamp(),
    "duration_s": lambda post: (main(post).duration if post.kind is Kind.VIDEO else None) or 0,
    "duration_ms": lambda post: (main(post).duration or 0) * 1000,
    "width": lambda post: main(post).width,
    "height": lambda post: main(post).height,
    "play_url": lambda post: variants(post)[0].url,
    "download_url": lambda post: (found := download(post)) and found.url,
    "video_id": lambda post: variants(post)[0].durable,
    "n_qualities": lambda post: sum(v.watermark_source in CLEAN_SOURCES for v in variants(post)),
    "has_watermark": has_watermark,
    "n_images": lambda post: len(of_role(post, Role.IMAGE)),
    "image_sizes": image_sizes,
    "music_title": lambda post: post.music and post.music.title,
    "music_author": lambda post: post.music and post.music.author,
    "music_url": lambda post: post.music and post.music.url,
    "thumbnail_url": lambda post: post.cover and post.cover.url,
    "thumbnail_width": lambda post: post.cover and post.cover.width,
    "thumbnail_height": lambda post: post.cover and post.cover.height,
}

# Contents of an answer, mainly of a list.
OF_ANSWER: dict[str, Callable[[Answer], Any]] = {
    "n_items": lambda answer: answer.page and answer.page.n_items,
    "ids": lambda answer: [post.id for post in answer.posts],
    "list_order": lambda answer: [post.id for post in answer.posts][:5],
    "cursor": lambda answer: answer.page and answer.page.cursor,
    "max_cursor": lambda answer: answer.page and answer.page.cursor,
    "has_more": lambda answer: answer.page and answer.page.has_more,
}

# The post of an answer that a name describes.
POST_AT: dict[str, Callable[[Answer], Post]] = {"first": lambda answer: answer.posts[0]}

# The start of the text is compared, and each counter; ``error`` and ``item`` are an outcome.
SPECIAL = frozenset({"description_start", "stats", "error", "item"})

# The other names are not compared, because no record has a place for them.
NOT_IN_A_RECORD: dict[str, str] = {
    **dict.fromkeys(("scope_key", "scope_keys", "data_location", "canonical_url", "status_code"), "where it was found"),
    **dict.fromkeys(("followers", "following", "likes_received", "n_posts", "sec_uid"), "about a user, not a post"),
    **dict.fromkeys(("embedded_comments", "n_comments", "post_id", "total"), "comments"),
    **dict.fromkeys(("n_segments", "n_buckets", "granularity", "creator_id", "last_bucket"), "a creator's figures"),
    "min_cursor": "a list goes on at max_cursor",
    "stats.downloads": "no platform but this one counts them",
}
