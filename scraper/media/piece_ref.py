"""One piece of a medium's file: what names it, where it can be had, and what its post says of it."""

from dataclasses import dataclass, replace

from scraper.media.refresh import RefreshablePost
from scraper.model.post import Media, Segment, Variant


@dataclass(frozen=True, slots=True)
class PieceRef:
    """Piece *place* of variant *index* of *medium*; a variant without segments is one piece."""

    source: RefreshablePost
    medium: Media
    index: int
    place: int = 0

    def at(self, place: int) -> "PieceRef":
        """Return another piece of the same variant."""
        return replace(self, place=place)

    @property
    def variant(self) -> Variant:
        """The variant as the newest answer that was taken offers it."""
        return self.medium.variants[self.index]

    @property
    def segment(self) -> Segment:
        """What the post says of the piece."""
        variant = self.variant
        if self.place < len(variant.segments):
            return variant.segments[self.place]
        return Segment(url=variant.url, backup_urls=variant.backup_urls, bytes=variant.bytes)

    @property
    def urls(self) -> list[str]:
        """Where the piece can be had, the best first."""
        return [self.segment.url, *self.segment.backup_urls]

    @property
    def key(self) -> str:
        """Names the piece for good, whichever URL it comes from."""
        post, variant = self.source.post, self.variant
        what = (variant.durable, variant.quality, variant.codec, variant.bitrate, variant.watermark_source)
        words = (post.platform, post.id, self.medium.role, self.medium.index, self.place, self.segment.bytes, *what)
        return "/".join("" if word is None else str(word) for word in words)

    def take_newest(self) -> bool:
        """Put what the newest answer offers in the place of the variant; return whether it does."""
        source = self.source
        found = source.find(self.medium, self.variant) if source.newest is not source.post else None
        if found is not None:
            self.medium.variants[self.index] = found
        return found is not None

    def is_near_end(self) -> bool:
        """Whether its URL is about to die, and reading the post again would help."""
        return self.source.is_near_end(self.variant)
