"""Merge several answers about one post: the post, its parts, and the media of each part."""

from collections.abc import Iterable
from dataclasses import replace

from scraper.errors import PayloadError
from scraper.model.post import Media, Part, Post, Role, Variant
from scraper.posts.answer import PostFragment
from scraper.posts.offers import NO_MEDIA

MISSING_PARTS = "missing_parts"
"""Warning, with numbers after a colon: parts of the post that have no media yet."""

_FILES = frozenset({Role.VIDEO, Role.AUDIO})


def join(post: Post, *fragments: PostFragment, page: int | None = None) -> Post:
    """
    Return *post* with the values of *fragments* added.

    Their media and chapters belong to the part they name, else to part *page*, else to the only part. New media of a
    part replace its old ones. Raise PayloadError for a fragment of another post and for a part that the post does not
    have.
    """
    joined = replace(post, media=list(post.media), warnings=list(post.warnings), restrictions=list(post.restrictions))
    for fragment in fragments:
        if fragment.post_id is not None and fragment.post_id != post.id:
            raise PayloadError("bvid", f"expected {post.id}, got {fragment.post_id}")
        if fragment.parts is not None:
            joined.parts = fragment.parts
    for fragment in fragments:
        part = _find_part(joined, fragment, page)
        if fragment.media is not None:
            joined.media = _replace(joined, part, fragment)
        joined.warnings += fragment.warnings
        joined.restrictions += fragment.restrictions
    for fragment in fragments:
        _add_chapters(joined, _find_part(joined, fragment, page), fragment)
    joined.warnings = _judge(joined)
    joined.restrictions = list(dict.fromkeys(joined.restrictions))
    return joined


def _judge(post: Post) -> list[str]:
    """Return the warnings of *post*, each once, with those about missing media brought up to date."""
    having = {medium.part for medium in post.media if medium.role in _FILES}
    kept = [word for word in dict.fromkeys(post.warnings) if word != NO_MEDIA and not word.startswith(MISSING_PARTS)]
    if not having:
        return [NO_MEDIA, *kept] if NO_MEDIA in post.warnings else kept
    missing = [str(part["page"]) for part in post.parts if part["page"] not in having]
    return [f"{MISSING_PARTS}:{','.join(missing)}", *kept] if missing and None not in having else kept


def _find_part(post: Post, fragment: PostFragment, page: int | None) -> Part | None:
    if not post.parts:
        return None
    if fragment.part_id is not None:
        named = next((part for part in post.parts if part["cid"] == fragment.part_id), None)
        if named is None:
            raise PayloadError("cid", f"expected one of the post's {len(post.parts)} parts, got {fragment.part_id}")
        return named
    if page is None:
        return post.parts[0] if len(post.parts) == 1 else None
    found = next((part for part in post.parts if part["page"] == page), None)
    if found is None:
        raise PayloadError("pages", f"expected part {page}, got {len(post.parts)} parts")
    return found


def _replace(post: Post, part: Part | None, fragment: PostFragment) -> list[Media]:
    """Return the media of *post* with those of *fragment*, in the order of the parts, numbered from 1."""
    number = _page_of(part)
    roles = {medium.role for medium in fragment.media or ()}
    gone = roles | _FILES if roles & _FILES else roles
    kept = [medium for medium in post.media if medium.part != number or medium.role not in gone]
    added = [_adopt(medium, post, part) for medium in fragment.media or ()]
    return _count(sorted([*_count(kept), *_count(added, len(kept))], key=lambda medium: medium.part or 0))


def _count(media: Iterable[Media], above: int = 0) -> list[Media]:
    """Return *media* numbered from *above* + 1; the ``joins`` of a sound follow the new number of its video."""
    listed = list(media)
    numbers = {medium.index: index for index, medium in enumerate(listed, start=above + 1)}
    return [
        replace(
            medium,
            index=numbers[medium.index],
            joins=None if medium.joins is None else numbers.get(medium.joins),
        )
        for medium in listed
    ]


def _adopt(medium: Media, post: Post, part: Part | None) -> Media:
    """Return *medium* as one of *post*, with the id of its *part* as the durable name of its variants."""
    cid = None if part is None else part["cid"]
    music = post.music.duration if post.music is not None else None
    length = part["duration"] if part is not None else music
    return replace(
        medium,
        owner_id=post.id,
        part=_page_of(part),
        duration=medium.duration or (length if isinstance(length, float) and medium.role in _FILES else None),
        variants=[_sign(variant, cid if medium.role in _FILES else None) for variant in medium.variants],
    )


def _sign(variant: Variant, cid: str | float | None) -> Variant:
    return variant if cid is None else replace(variant, durable=str(cid))


def _page_of(part: Part | None) -> int | None:
    page = None if part is None else part["page"]
    return page if isinstance(page, int) else None


def _add_chapters(post: Post, part: Part | None, fragment: PostFragment) -> None:
    for index, medium in enumerate(post.media):
        if fragment.chapters and medium.role is Role.VIDEO and medium.part == _page_of(part):
            post.media[index] = replace(medium, chapters=fragment.chapters)
