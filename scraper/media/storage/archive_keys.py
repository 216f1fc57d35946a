"""The keys and details of files in the archive, and the way back into a record."""

from collections.abc import Mapping, Sequence
from typing import Any

from scraper.model.policy import Policy
from scraper.model.post import File, Media, Post, Probe, Variant
from scraper.model.record import to_json
from scraper.text.jsonline import JSON

_WARNING = "archived:"
_SAME = ("quality", "codec", "watermark", "watermark_source", "bitrate")
"""Fields that distinguish a variant from its siblings, also in a later answer."""


def key_of(post: Post, medium: Media, variant: Variant | None, policy: Policy) -> str:
    """Return the key of a wanted file: its medium and the settings of *policy*; no *variant* = made of other media."""
    words: list[object] = [post.platform, post.id, medium.role, medium.index]
    if variant is None:
        return "/".join([*map(str, words), "made"])
    words.append("marked" if variant.watermark is True else "clean")
    if policy.media == "all":
        twins = [one for one in medium.variants if _is_same(one, _describe(variant))]
        place = next((number for number, one in enumerate(twins) if one is variant), 0)
        words += [*_describe(variant).values(), place]
    else:
        words += [policy.codec, policy.max_height]
    return "/".join("" if word is None else str(word) for word in words)


def to_details(file: File, variant: Variant | None, warnings: Sequence[str]) -> dict[str, JSON]:
    """Return the details of *file* for later records."""
    same = _describe(variant) if variant is not None else None
    probe = to_json(file.probe) if file.probe is not None else None
    return {"variant": same, "sound": file.sound, "reason": file.reason, "probe": probe, "warnings": list(warnings)}


def to_file(
    medium: Media, index: int | None, path: str, size: int, sha256: str, details: Mapping[str, Any]
) -> tuple[File, list[str]]:
    """Return the file and its warnings; *index* is the variant that would be fetched now."""
    same, probe = details["variant"], details["probe"]
    if index is not None and not _is_same(medium.variants[index], same):
        index = next((n for n, one in enumerate(medium.variants) if _is_same(one, same)), index)
    file = File(
        variant=index,
        path=path,
        bytes=size,
        sha256=sha256,
        probe=None if probe is None else Probe(**probe),
        sound=details["sound"],
        reason=details["reason"],
    )
    return file, list(details["warnings"])


def _describe(variant: Variant) -> dict[str, JSON]:
    return {name: to_json(getattr(variant, name)) for name in _SAME}


def _is_same(variant: Variant, same: Mapping[str, Any]) -> bool:
    return _describe(variant) == same


def archived_warning(medium: Media) -> str:
    """Return the warning for a finished medium whose file is not in this folder."""
    return f"{_WARNING}{medium.index}"
