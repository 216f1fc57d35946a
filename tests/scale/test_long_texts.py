"""Links are found in 1 MB of text in linear time."""

import time

import pytest

from scraper.platform.registry import load, recogniser

RECOGNISER = recogniser(load(("spiders",)).values())
ONE = "https://www.tiktok.com/@a/video/1"
MEGABYTE = 1_000_000
PIECES = [
    "a", "a.", "aaaaaaa.", "a" * 63 + ".", "https://", "http://a/", "://", "-", "a:", "a@", "视", "а", ".", "/", "?", "&amp;", "h1", "a-", "a%", r"\/",
    "https", "#", "[", f"{ONE} ", f"{ONE},", "tiktok.com/", "www.", "_", "\u200b",
]  # fmt: skip
HEADS = [ONE, f"{ONE}?", "https://www.tiktok.com/music/", "https://www.tiktok.com/@a/collection/", "https://"]


@pytest.mark.parametrize(
    ("head", "piece"), [*(("", piece) for piece in PIECES), *((head, piece) for head in HEADS for piece in "a-/?.")]
)
def test_a_megabyte_takes_linear_time(head: str, piece: str) -> None:
    text = head + piece * (MEGABYTE // len(piece))
    started = time.process_time()
    RECOGNISER.find(text)
    assert time.process_time() - started < 3  # 0.3 s at most; quadratic takes minutes


@pytest.mark.parametrize(
    "unit",
    [
        "https://x.com/i/redirect?url=", "https://www.douyin.com/?&", "https://www.douyin.com/?modal_id=x&", "x.com/a/status/1,", "%20", "%25", "\\",
        "https%3A%2F%2F", "&amp;", "：//", "．", "BV1xx411c7mD ", "av170001,", "\n", " ", "https://www.tiktok.com/music/视(",
    ],
)  # fmt: skip
@pytest.mark.parametrize("is_one", [True, False])
def test_a_megabyte_of_any_platform_takes_linear_time(unit: str, is_one: bool) -> None:
    """Once repeated as a whole, once with only its last character repeated."""
    times = MEGABYTE // 2 // len(unit)
    text = unit + unit[-1] * MEGABYTE if is_one else unit * times
    started = time.process_time()
    RECOGNISER.find(text)
    assert time.process_time() - started < 6  # 1 s at most; quadratic takes minutes
