"""Build the file of a variant: from one piece, from several, from a playlist, from picture and sound."""

import asyncio
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from scrapy.statscollectors import StatsCollector

from scraper.errors import MediaCause, MediaError
from scraper.media.filetypes import extension
from scraper.media.hls import read_master, read_pieces
from scraper.media.libav.pool import LibavPool
from scraper.media.piece import PieceFetcher, VerifiedPiece
from scraper.media.piece_ref import PieceRef
from scraper.media.refresh import RefreshablePost
from scraper.media.storage.interface import BuiltFile
from scraper.media.storage.partial import JoinedPieces, drop
from scraper.media.verify import check_probe
from scraper.model.post import Media, Post, Role, Variant
from scraper.model.ranking import codec_of, is_playlist, rank
from scraper.text.redaction import strip_query

_NOT_IN_MP4 = frozenset({"flac"})
"""Codecs that many players do not support in an MP4."""


class FileBuilder:
    """Builds files from parts named ``<stem>.….part``; the caller removes the remaining parts."""

    def __init__(self, *, pieces: PieceFetcher, libav: LibavPool, stats: StatsCollector) -> None:
        self._pieces = pieces
        self._libav = libav
        self._stats = stats

    async def build(self, first: PieceRef, stem: Path) -> BuiltFile:
        """Fetch all pieces of the variant of *first*; raise MediaError, or SeedError(disk_full)."""
        source, medium, variant = first.source, first.medium, first.variant
        if is_playlist(variant):
            tracks = await self._from_playlist(first, stem)
            try:
                return await self._join(medium, tracks, [variant], stem)
            except MediaError:
                for track in tracks:
                    drop(track[0])  # a wrong part must not be continued
                raise
        count = max(1, len(variant.segments))
        pieces = [await self._pieces.fetch(first.at(place), _part(stem, f"{place}")) for place in range(count)]
        sound = _find_sound(source.post, medium) if variant.has_audio is False else None
        if sound is None and count == 1:
            return _keep_piece(pieces[0], medium)
        tracks, variants = [[piece.path for piece in pieces]], [first.variant]
        if sound is None:
            return await self._join(medium, tracks, variants, stem)
        chosen, lost = await self._add_sound(source, sound, stem, tracks)
        built = await self._join(medium, tracks, [*variants, sound.variants[chosen]], stem)
        built.sound = chosen
        built.warnings = () if lost is None else (f"fallback:{sound.index}:{lost.cause}",)
        return built

    async def _add_sound(
        self, source: RefreshablePost, sound: Media, stem: Path, tracks: list[list[Path]]
    ) -> tuple[int, MediaError | None]:
        """Fetch the best available sound; return its position, and the error of a better one, if any."""
        first: MediaError | None = None
        for index in rank(sound):
            try:
                piece = await self._pieces.fetch(PieceRef(source, sound, index), _part(stem, f"sound{index}"))
            except MediaError as error:
                first = first or error
                continue
            tracks.append([piece.path])
            return index, first
        assert first is not None
        raise MediaError(MediaCause.NO_SOUND, f"the separate sound cannot be fetched: {first}") from first

    async def _from_playlist(self, piece: PieceRef, stem: Path) -> list[list[Path]]:
        """Fetch the pieces of the HLS playlist at *piece*; return a file of the picture and one of a separate sound."""
        source, medium, variant = piece.source, piece.medium, piece.variant
        text = await self._pieces.fetch_text(source, variant.url, variant.headers)
        master = read_master(text, variant.url)
        picture = variant.url if master is None else master.url
        lists = [(medium.role, picture, text if master is None else None)]
        if master is not None and master.sound_url is not None:
            lists.append((Role.AUDIO, master.sound_url, None))
        tracks = []
        for number, (role, url, given) in enumerate(lists):
            urls = read_pieces(given or await self._pieces.fetch_text(source, url, variant.headers), url)
            joined = JoinedPieces(_part(stem, f"track{number}"), _key(source.post, medium, urls))
            await asyncio.to_thread(joined.restore)
            if joined.pieces:
                self._stats.inc_value("media/resumed")
            for place in range(joined.pieces, len(urls)):
                path = _part(stem, f"piece{number}-{place}")
                await self._pieces.fetch_url(piece, role, urls[place], path, joined.bytes)
                await asyncio.to_thread(joined.add, path)
            tracks.append([joined.path])
        return tracks

    async def _join(
        self, medium: Media, tracks: Sequence[Sequence[Path]], variants: Sequence[Variant], stem: Path
    ) -> BuiltFile:
        """Join *tracks* into one file and verify it as a whole."""
        ext = _choose_ext(medium, variants)
        path = _part(stem, "joined")
        path.unlink(missing_ok=True)
        size = sum(file.stat().st_size for files in tracks for file in files)
        await self._libav.mux(tracks, path, ext, medium.chapters, size)
        built = await self._finish(path, ext)
        assert built.probe is not None
        check_probe(built.probe, medium, with_sound=len(tracks) > 1)
        return built

    async def render(self, images: Sequence[Path], sound: Path | None, stem: Path) -> BuiltFile:
        """Make a slideshow and verify it; raise MediaError."""
        path = _part(stem, "rendered")
        path.unlink(missing_ok=True)
        seconds = await self._libav.render(images, sound, path)
        built = await self._finish(path, ".mp4")
        assert built.probe is not None
        check_probe(built.probe, Media(index=0, role=Role.VIDEO, duration=seconds), with_sound=sound is not None)
        return built

    async def _finish(self, path: Path, ext: str) -> BuiltFile:
        """Flush the file at *path*, which was made here, to the disk; return it after libav has opened it."""
        size, digest = await asyncio.to_thread(_flush, path)
        return BuiltFile(path=path, ext=ext, bytes=size, sha256=digest, probe=await self._libav.probe(path, size))


def _part(stem: Path, label: str) -> Path:
    return stem.with_name(f"{stem.name}.{label}.part")


def _find_sound(post: Post, medium: Media) -> Media | None:
    """Return the medium with the sound for the file of *medium*."""
    return next((other for other in post.media if other.joins == medium.index and other.variants), None)


def _keep_piece(piece: VerifiedPiece, medium: Media) -> BuiltFile:
    kind = extension(piece.head)
    assert kind is not None, "check_head accepted a file without a known extension"
    ext = ".m4a" if medium.role is Role.AUDIO and kind[0] == ".mp4" else kind[0]
    return BuiltFile(path=piece.path, ext=ext, bytes=piece.bytes, sha256=piece.sha256, probe=piece.probe)


def _choose_ext(medium: Media, variants: Sequence[Variant]) -> str:
    if any(codec_of(variant) in _NOT_IN_MP4 for variant in variants):
        return ".mkv"
    return ".m4a" if medium.role is Role.AUDIO else ".mp4"


def _flush(path: Path) -> tuple[int, str]:
    """Flush *path* to the disk; return its size and digest. Blocking."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()


def _key(post: Post, medium: Media, urls: Sequence[str]) -> str:
    """Return a permanent key of the pieces at *urls*: the URLs without their signatures."""
    places = "\n".join(map(strip_query, urls)).encode()
    return f"{post.platform}/{post.id}/{medium.index}/{hashlib.sha256(places).hexdigest()}"
