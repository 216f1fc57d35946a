"""Choose the variants of a medium to fetch, their order, and their warnings."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from scraper.model.policy import DEFAULT_POLICY, Policy
from scraper.model.post import Media, Role
from scraper.model.ranking import (
    MARKABLE,
    UNPLAYABLE,
    Want,
    codec_of,
    describe,
    excess_height,
    is_wanted,
    rank,
    short_side,
)

WATERMARKED_ONLY = "watermarked_only"
WATERMARK_UNAVAILABLE = "watermark_unavailable"
UNPLAYABLE_CODEC = "unplayable_codec"
CODEC_UNAVAILABLE = "codec_unavailable"
HIGHER_THAN_ASKED = "higher_than_asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One variant to fetch."""

    variant: int
    """Position in the medium's *variants*."""
    reason: str
    warnings: tuple[str, ...] = ()
    """Warnings if it is worse than the policy; they become the post's once this variant is fetched."""
    fallbacks: tuple["Choice", ...] = ()
    """Variants to try next if this one fails, best first."""


def choose(medium: Media, policy: Policy, *, is_joined: bool = False) -> list[Choice]:
    """
    Return the variants of *medium* to fetch under *policy*; an empty list if the policy does not want the medium.

    *is_joined* means that the sound is a medium of its own; a variant without sound is then as good as one with it.
    """
    if not is_wanted(medium, policy):
        return []
    if policy.media == "all":
        return [Choice(variant=index, reason="MEDIA=all") for index in range(len(medium.variants))]
    if medium.role not in MARKABLE or policy.watermark == "without":
        return _first(medium, rank(medium, "clean", policy, is_joined=is_joined), "clean", policy)
    if policy.watermark == "with":
        return _first(medium, rank(medium, "marked", policy, is_joined=is_joined), "marked", policy)
    every = rank(medium, "marked", policy, is_joined=is_joined)
    marked = [index for index in every if medium.variants[index].watermark is True]
    clean = [index for index in rank(medium, "clean", policy, is_joined=is_joined) if index not in marked]
    if not marked:
        return _first(medium, clean, "marked", policy)
    if not clean:
        return _first(medium, marked, "clean", policy)
    return _first(medium, clean, "clean", policy) + _first(medium, marked, "marked", policy)


def _first(medium: Media, order: Sequence[int], want: Want, policy: Policy) -> list[Choice]:
    """Return one choice: the first of *order*, with the others as its fallbacks."""
    choices = [_judge(medium, index, want, place, policy) for place, index in enumerate(order, 1)]
    return [replace(choices[0], fallbacks=tuple(choices[1:]))] if choices else []


def _judge(medium: Media, index: int, want: Want, place: int, policy: Policy) -> Choice:
    variant = medium.variants[index]
    warnings = []
    if medium.role in MARKABLE and want == "clean" and variant.watermark is True:
        warnings.append(WATERMARKED_ONLY)
    if medium.role in MARKABLE and want == "marked" and variant.watermark is not True:
        warnings.append(WATERMARK_UNAVAILABLE)
    if codec_of(variant) in UNPLAYABLE:
        warnings.append(UNPLAYABLE_CODEC)
    has_other_codec = codec_of(variant) not in (None, policy.codec)
    if medium.role is Role.VIDEO and has_other_codec and policy.codec not in ("any", DEFAULT_POLICY.codec):
        warnings.append(f"{CODEC_UNAVAILABLE}:{policy.codec}")
    if medium.role is Role.VIDEO and excess_height(variant, policy):
        warnings.append(f"{HIGHER_THAN_ASKED}:{short_side(variant)}")
    asked = "without watermark" if want == "clean" else "with watermark"
    purpose = f" {asked}" if medium.role in MARKABLE else ""
    source = f" ({variant.watermark_source})" if variant.watermark_source else ""
    reason = f"{place}. best{purpose}: {describe(variant)}{source}"
    return Choice(variant=index, reason=reason, warnings=tuple(warnings))
