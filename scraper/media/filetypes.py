"""Recognise the type of a file from its first bytes."""

import re

_MP4, _M4A, _MOV = (".mp4", "video"), (".m4a", "audio"), (".mov", "video")
_BRANDS = {
    b"M4A ": _M4A, b"M4B ": _M4A, b"M4P ": _M4A, b"F4A ": _M4A, b"qt  ": _MOV,
    b"avif": (".avif", "image"), b"avis": (".avif", "image"), b"heic": (".heic", "image"), b"heix": (".heic", "image"),
    b"heim": (".heic", "image"), b"heis": (".heic", "image"), b"hevc": (".heic", "image"), b"hevx": (".heic", "image"),
    b"mif1": (".heic", "image"), b"msf1": (".heic", "image"),
}  # fmt: skip
_MAGIC = (
    (b"\xff\xd8\xff", ".jpg", "image"),
    (b"\x89PNG\r\n\x1a\n", ".png", "image"),
    (b"GIF87a", ".gif", "image"),
    (b"GIF89a", ".gif", "image"),
    (b"FLV\x01", ".flv", "video"),
    (b"ID3", ".mp3", "audio"),
    (b"OggS", ".ogg", "audio"),
    (b"fLaC", ".flac", "audio"),
)
_RIFF = {b"WEBP": (".webp", "image"), b"WAVE": (".wav", "audio"), b"AVI ": (".avi", "video")}
_BOM = b"\xef\xbb\xbf"
_BOXES = (b"styp", b"moov", b"moof", b"sidx")
_SRT = re.compile(rb"\s*\d{1,9}\s*\n\d{1,3}:\d\d:\d\d[,.]\d{1,3}[ \t]*-->")


def extension(first_bytes: bytes) -> tuple[str, str] | None:
    """Return the extension and family (video, audio, image, text) that *first_bytes* prove; None = unknown."""
    for magic, ext, family in _MAGIC:
        if first_bytes.startswith(magic):
            return ext, family
    if first_bytes[4:8] == b"ftyp":
        return _by_brand(first_bytes)
    if first_bytes[4:8] in _BOXES:
        return _MP4
    if first_bytes.startswith(b"RIFF"):
        return _RIFF.get(first_bytes[8:12])
    if first_bytes.startswith(b"\x1aE\xdf\xa3"):
        return (".webm", "video") if b"webm" in first_bytes[:64] else (".mkv", "video")
    return _audio_frame(first_bytes) or _transport_stream(first_bytes) or _subtitle(first_bytes)


def _by_brand(head: bytes) -> tuple[str, str]:
    """Judge an ISO file by its major brand, then by the compatible ones."""
    size = min(int.from_bytes(head[:4], "big") or 32, 128)
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, size, 4))]
    if brands[0] in (b"mif1", b"msf1") and (b"avif" in brands or b"avis" in brands):
        return _BRANDS[b"avif"]
    return _BRANDS.get(brands[0], _MP4)


def _audio_frame(head: bytes) -> tuple[str, str] | None:
    """Recognise the sync word of ADTS AAC (layer 0) and MPEG audio (layers 1 to 3)."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    if head[1] & 0xF6 == 0xF0:
        return (".aac", "audio") if (head[2] >> 2) & 0xF < 13 else None
    has_layer, has_version = head[1] & 0x06 != 0, head[1] & 0x18 != 0x08
    has_rates = head[2] & 0xF0 != 0xF0 and head[2] & 0x0C != 0x0C
    return (".mp3", "audio") if has_layer and has_version and has_rates else None


def _transport_stream(head: bytes) -> tuple[str, str] | None:
    return (".ts", "video") if len(head) > 188 and head[0] == head[188] == 0x47 else None


def _subtitle(head: bytes) -> tuple[str, str] | None:
    text = head.removeprefix(_BOM)
    if text.startswith(b"WEBVTT") and (len(text) == 6 or text[6:7] in b" \t\r\n"):
        return ".vtt", "text"
    return (".srt", "text") if _SRT.match(text[:200]) else None
