"""Names that are safe on every system, and magic numbers that tell media from error pages."""

import re
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scraper.errors import UsageError
from scraper.media.filetypes import extension
from scraper.media.storage.names import DEFAULT, MAX_BYTES, NameTemplate
from scraper.model.post import Author, Kind, Media, Post, Role, Variant
from scraper.text.names import safe_name

TEXTS = st.text(st.characters(), max_size=300)


def path(
    handle: str | None = "user",
    post_id: str = "123",
    quality: str | None = "720p",
    watermark: bool = False,
    **more: str,
) -> str:
    post = Post(
        platform="tiktok",
        id=post_id,
        kind=Kind.VIDEO,
        url="https://x",
        author=Author(handle=handle, id=more.get("author_id")),
    )
    variant = Variant(url="https://x", quality=quality, watermark=watermark)
    return NameTemplate(DEFAULT).stem(post, Media(index=2, role=Role.VIDEO), variant, with_quality="plain" not in more)


def test_the_documented_name() -> None:
    assert path() == "media/tiktok/user/tiktok_123_2_720p"
    assert path(watermark=True) == "media/tiktok/user/tiktok_123_2_watermark_720p"
    assert path(watermark=True, plain="1") == "media/tiktok/user/tiktok_123_2_watermark"
    assert path(quality=None) == "media/tiktok/user/tiktok_123_2"


def test_variants_of_one_quality_stay_apart() -> None:
    post = Post(platform="tiktok", id="1", kind=Kind.VIDEO, url="https://x", author=Author(handle="a"))
    names = ["720p", "720P", None, "720p", "540p", None]
    variants = [Variant(url="https://x", quality=name, watermark=number == 3) for number, name in enumerate(names)]
    medium = Media(index=1, role=Role.VIDEO, variants=variants)
    found = [NameTemplate(DEFAULT).stem(post, medium, variant, with_quality=True).rpartition("/")[2] for variant in variants]
    assert found == [
        "tiktok_1_1_720p-v1",
        "tiktok_1_1_720P-v2",
        "tiktok_1_1_v3",
        "tiktok_1_1_watermark_720p",
        "tiktok_1_1_540p",
        "tiktok_1_1_v6",
    ]


@pytest.mark.parametrize(
    ("handle", "author_id", "folder"),
    [("a.b", "7", "a.b"), (None, "7", "7"), ("..", "7", "7"), ("/", "", "_"), (None, None, "_")],
)
def test_author_folder(handle: str | None, author_id: str, folder: str) -> None:
    assert path(handle, author_id=author_id).split("/")[2] == folder


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("user.name_1-x", "user.name_1-x"),
        ("a/b\\c:d*e", "a_b_c_d_e"),
        ("../../etc/passwd", "_._etc_passwd"),
        ("...hidden", "hidden"),
        ("a..b", "a.b"),
        ("end.", "end"),
        ("-rf", "_-rf"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("com¹", "_com¹"),
        ("console", "console"),
        ("名前", "名前"),
        ("e\u0301", "é"),
        ("a\u202eb\u0000c\n", "a_b_c_"),
        ("a\ud800b", "ab"),
        ("", ""),
        ("._-", ""),
        ("😀", ""),
    ],
)
def test_safe_name(text: str, name: str) -> None:
    assert safe_name(text) == name


def test_long_names_stay_apart() -> None:
    one, two = safe_name("é" * 200 + "1"), safe_name("é" * 200 + "2")
    assert one != two
    assert len(one.encode()) <= MAX_BYTES
    assert len(safe_name("b" * 150)) == 150


def is_safe(name: str) -> bool:
    return (
        0 < len(name.encode()) <= MAX_BYTES
        and name == PurePosixPath(name).name == PureWindowsPath(name).name
        and name == unicodedata.normalize("NFC", name)
        and name.isprintable()
        and ".." not in name
        and name[0] not in ".-"
        and name[-1] not in ". "
        and name.split(".")[0].upper() not in {"CON", "PRN", "AUX", "NUL", "COM1", "LPT9"}
    )


@given(TEXTS, TEXTS, TEXTS, TEXTS, st.booleans())
@example("..", "con", "../..", "/", True)
@example("視" * 300, "視" * 300, "視" * 300, "視" * 300, True)
def test_no_name_leaves_its_folder(
    handle: str, author_id: str, post_id: str, quality: str, watermark: bool
) -> None:
    found = path(handle, post_id=post_id, quality=quality, watermark=watermark, author_id=author_id)
    parts = found.split("/")
    assert parts[:2] == ["media", "tiktok"]
    assert len(parts) == 4
    assert all(is_safe(part) for part in parts)


@given(TEXTS)
def test_safe_name_changes_nothing_twice(text: str) -> None:
    name = safe_name(text)
    assert safe_name(name) == name


@given(st.from_regex(r"[A-Za-z0-9_]{1,64}", fullmatch=True).filter(lambda text: text.strip("_")), TEXTS)
def test_the_id_is_kept(post_id: str, quality: str) -> None:
    assert f"tiktok_{safe_name(post_id)}_2" in path(post_id=post_id, quality=quality)


def ftyp(major: bytes, *others: bytes) -> bytes:
    return (16 + 4 * len(others)).to_bytes(4, "big") + b"ftyp" + major + b"\0\0\2\0" + b"".join(others) + b"moov"


@pytest.mark.parametrize(
    ("head", "ext", "family"),
    [
        (ftyp(b"isom", b"avc1"), ".mp4", "video"),
        (ftyp(b"iso5"), ".mp4", "video"),
        (ftyp(b"M4A "), ".m4a", "audio"),
        (ftyp(b"qt  "), ".mov", "video"),
        (ftyp(b"heic"), ".heic", "image"),
        (ftyp(b"mif1", b"heic"), ".heic", "image"),
        (ftyp(b"mif1", b"avif"), ".avif", "image"),
        (ftyp(b"avif"), ".avif", "image"),
        (b"\0\0\0\x18stypmsdh", ".mp4", "video"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", ".jpg", "image"),
        (b"\x89PNG\r\n\x1a\n", ".png", "image"),
        (b"RIFF\0\0\0\0WEBPVP8 ", ".webp", "image"),
        (b"RIFF\0\0\0\0WAVEfmt ", ".wav", "audio"),
        (b"GIF89a", ".gif", "image"),
        (b"FLV\x01\x05", ".flv", "video"),
        (b"ID3\x04\0", ".mp3", "audio"),
        (b"\xff\xfb\x90\x64", ".mp3", "audio"),
        (b"\xff\xf3\x44\xc4", ".mp3", "audio"),
        (b"\xff\xf1\x50\x80", ".aac", "audio"),
        (b"\xff\xf9\x50\x80", ".aac", "audio"),
        (b"OggS\0\2", ".ogg", "audio"),
        (b"fLaC\0\0", ".flac", "audio"),
        (b"\x1aE\xdf\xa3\x01\0\0\0\0\0\0\x1fB\x86webm", ".webm", "video"),
        (b"\x1aE\xdf\xa3\xa3B\x86matroska", ".mkv", "video"),
        (b"G" + b"\0" * 187 + b"G", ".ts", "video"),
        (b"WEBVTT\n\n00:00", ".vtt", "text"),
        (b"\xef\xbb\xbfWEBVTT - title", ".vtt", "text"),
        (b"1\r\n00:00:01,000 --> 00:00:02,000\r\nhi", ".srt", "text"),
    ],
)
def test_magic_numbers(head: bytes, ext: str, family: str) -> None:
    assert extension(head) == (ext, family)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\xff",
        b"<!DOCTYPE html>",
        b"<html>",
        b"  \n<?xml version='1.0'?><Error>",
        b'{"code": 403}',
        b"[1]",
        b"#EXTM3U",
        b"Access Denied",
        b"RIFF\0\0\0\0ABCD",
        b"\xff\xff\xff\xff",
        b"\xff\xfe<\0h\0t\0m\0l\0",
        b"\0" * 64,
        b"WEBVTTish",
        b"GIF88a",
        b"G" * 100,
    ],
)
def test_pages_are_no_media(head: bytes) -> None:
    assert extension(head) is None


@given(st.binary(max_size=300))
def test_any_bytes_are_judged(head: bytes) -> None:
    found = extension(head)
    assert found is None or (found[0].startswith(".") and found[1] in {"video", "audio", "image", "text"})


@given(st.sampled_from([b"<", b"{", b"[", b" <", b"\n{", b"\xef\xbb\xbf<"]), st.binary(max_size=300))
def test_markup_is_never_media(start: bytes, rest: bytes) -> None:
    found = extension(start + rest)
    assert found is None or rest[4 - len(start) :][:4] in {b"ftyp", b"styp", b"moov", b"moof", b"sidx"}


FULL = Post(
    platform="bilibili", id="BV1xx", kind=Kind.VIDEO, url="https://x", title="A long: title/with ../ all " + "視" * 200,
    author=Author(handle="someone"), created_at=datetime(2026, 3, 4, 5, tzinfo=UTC),
)  # fmt: skip


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{platform}/{date:%Y}/{date:%m}/{id}-{index}", "media/bilibili/2026/03/BV1xx-1_watermark_720p"),
        ("media/{platform}_{id}_{index}{_quality}{_watermark}{ext}", "media/bilibili_BV1xx_1_720p_watermark"),
        ("my files/{date} {title:.6} [{platform} {id} {index}]", "media/my files/2026-03-04 A_long [bilibili BV1xx 1]_watermark_720p"),
        ("{platform}/{text}/{kind}-{role}-{height}-{codec}-{id}-{index}", "media/bilibili/_/video-video-720-h264-BV1xx-1_watermark_720p"),
        ("..x/{platform}./{id}{index}", "media/x/bilibili/BV1xx1_watermark_720p"),
    ],
)  # fmt: skip
def test_a_template_is_filled_in(template: str, expected: str) -> None:
    variant = Variant(url="https://x", quality="720p", height=720, codec="h264", watermark=True)
    medium = Media(index=1, role=Role.VIDEO, variants=[variant])
    assert NameTemplate(template).stem(FULL, medium, variant, with_quality=True) == expected


@given(st.text(max_size=400), st.text(max_size=400))
def test_what_is_long_is_cut_and_the_id_kept(title: str, text: str) -> None:
    post = replace(FULL, title=title, text=text)
    variant = Variant(url="https://x")
    found = NameTemplate("{platform}/{title}{text}_{id}_{index}").stem(
        post, Media(index=7, role=Role.VIDEO), variant, with_quality=False
    )
    assert found.endswith("_BV1xx_7")
    assert all(is_safe(part) for part in found.split("/"))


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("", "{platform} and {id} and {index} must be in it"),
        ("{platform}_{id}", "{index} must be in it"),
        ("{platform}_{id}_{index", "braces"),
        ("{platform}_{id}_{index}_{titel}", "did you mean {title}"),
        ("{platform}_{id}_{index}_{0.__class__}", "is not a field"),
        ("{platform}_{id!r}_{index}", "without a format"),
        ("{platform}_{id:>99999999}_{index}", "without a format"),
        ("{platform}_{id}_{index}_{date:%Y/%m}", "must be short and without /"),
        ("/etc/{platform}_{id}_{index}", "folder without a name"),
        ("../../{platform}_{id}_{index}", "folder without a name"),
        ("C:\\{platform}_{id}_{index}", "are not allowed in file names"),
        ("{platform}_{id}_{index}" + "x" * 100, "at most 80 bytes"),
    ],
)
def test_what_is_no_template_is_said(template: str, problem: str) -> None:
    with pytest.raises(UsageError, match=re.escape(problem)):
        NameTemplate(template)
