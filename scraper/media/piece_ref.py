"""A reference to one piece of a medium's file: its key, its URLs, and its announced properties."""

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
        """The variant, from the newest answer that was accepted."""
        return self.medium.variants[self.index]

    @property
    def segment(self) -> Segment:
        """The piece's properties as the post announces them."""
        variant = self.variant
        if self.place < len(variant.segments):
            return variant.segments[self.place]
        return Segment(url=variant.url, backup_urls=variant.backup_urls, bytes=variant.bytes)

    @property
    def urls(self) -> list[str]:
        """The URLs of the piece, the best first."""
        return [self.segment.url, *self.segment.backup_urls]

    @property
    def key(self) -> str:
        """Identifies the piece permanently, independent of its URL."""
        post, variant = self.source.post, self.variant
        what = (variant.durable, variant.quality, variant.codec, variant.bitrate, variant.watermark_source)
        words = (post.platform, post.id, self.medium.role, self.medium.index, self.place, self.segment.bytes, *what)
        return "/".join("" if word is None else str(word) for word in words)

    def take_newest(self) -> bool:
        """Replace the variant by that of the newest answer; return False if that answer no longer has it."""
        source = self.source
        found = source.find(self.medium, self.variant) if source.newest is not source.post else None
        if found is not None:
            self.medium.variants[self.index] = found
        return found is not None

    def is_near_end(self) -> bool:
        """Whether its URL is about to expire and reading the post again would help."""
        return self.source.is_near_end(self.variant)
