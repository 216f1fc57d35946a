from datetime import UTC, datetime

import pytest

from scraper.posts.expiry import expires_at

HASH = "0123456789abcdef0123456789abcdef"
SOON = datetime.fromtimestamp(1_790_000_000, UTC)


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/v.mp4?x=1&expire=1790000000&signature=0",
        "https://a.example/i.jpeg?x-expires=1790000000&x-signature=0",
        "https://a.example/v.m4s?deadline=1790000000&upsig=0",
        "https://a.example/v.m4s?Expires=1790000000",
        f"https://a.example/{HASH}/6ab13b80/video/tos/x/",
        f"https://a.example/{HASH.upper()}/6AB13B80/video/tos/x/",
        "https://a.example/v.mp4?hdnts=st=1~exp=1790000000~acl=/*~hmac=0",
        "https://a.example/v.mp4?hdnts=exp%3D1790000000~hmac%3D0",
        "https://a.example/v.mp4?hdnea=exp=1790000000",
        "https://a.example/v.mp4?__token__=exp=1790000000",
        f"https://a.example/more/{HASH}/6ab13b80/video/tos/x/",
    ],
)
def test_expiry_is_read(url: str) -> None:
    assert expires_at(url) == SOON


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://a.example/v.mp4",
        "https://a.example/v.mp4?expire=soon",
        "https://a.example/v.mp4?expire=1790000000x",
        "https://a.example/v.mp4?expire=946684800",
        "https://a.example/v.mp4?expire=4102444800",
        "https://a.example/v.mp4?expire=0",
        "https://a.example/v.mp4?expire=99999999999",
        f"https://a.example/{HASH}/ffffffff/video/",
        "https://a.example/0123/6ab13b80/video/",
        "https://[a.example/v.mp4?expire=1790000000",
        "https://a.example/?" + "&".join(f"a{n}=1" for n in range(500)),
    ],
)
def test_no_expiry_is_none(url: str) -> None:
    assert expires_at(url) is None


@pytest.mark.parametrize("seconds", [946_684_801, 4_102_444_799])
def test_the_first_and_the_last_expiry(seconds: int) -> None:
    assert expires_at(f"https://a.example/?expire={seconds}") == datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize(("others", "is_read"), [(199, True), (200, False)])
def test_a_query_is_read_up_to_a_bound(others: int, is_read: bool) -> None:
    query = "&".join([*(f"a{number}=1" for number in range(others)), "expire=1790000000"])
    assert (expires_at(f"https://a.example/?{query}") == SOON) is is_read
