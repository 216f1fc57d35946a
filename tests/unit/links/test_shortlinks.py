"""Where a short link leads, answer by answer: on to the next, to a post, or to the reason why not."""

import pytest

from scraper.errors import ErrorCode, SeedError
from scraper.links.shortlinks import MAX_HOPS, next_hop
from scraper.model.ref import Ref
from tests.support.sites import KNOWN

SHORT = "https://vm.tiktok.com/ZMabc123/"
POST = "https://www.tiktok.com/@a/video/1"
LONGEST = 8192


def refused(status: int, location: str, hops: int = 1) -> tuple[ErrorCode, str | None, str | None]:
    with pytest.raises(SeedError) as caught:
        next_hop(KNOWN, SHORT, status, location, hops)
    return caught.value.code, caught.value.raw_code, caught.value.raw_message


@pytest.mark.parametrize("status", [200, 301, 302, 303, 307, 308])
def test_a_post_is_the_end(status: int) -> None:
    for location in (POST, f" {POST}?_r=1\n", POST.replace("https", "http"), POST.removeprefix("https:")):
        assert next_hop(KNOWN, SHORT, status, location, MAX_HOPS) == Ref("tiktok", "video", "1", POST)


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("https://vt.tiktok.com/ZSother/", "https://vt.tiktok.com/ZSother/"),
        ("/ZMother/", "https://vm.tiktok.com/ZMother/"),
        ("http://vm.tiktok.com/ZMother/?http://x", "https://vm.tiktok.com/ZMother/?http://x"),
        ("https://www.tiktok.com/some/page", "https://www.tiktok.com/some/page"),
        ("https://www.tiktok.com/a/login", "https://www.tiktok.com/a/login"),
        (f"/{'x' * (LONGEST - len('https://vm.tiktok.com/'))}", f"https://vm.tiktok.com/{'x' * (LONGEST - len('https://vm.tiktok.com/'))}"),
    ],
)
def test_what_is_no_post_yet_is_asked_next(location: str, target: str) -> None:
    assert next_hop(KNOWN, SHORT, 302, location, MAX_HOPS - 1) == target
    assert refused(302, location, MAX_HOPS) == (ErrorCode.TOO_MANY_REDIRECTS, "302", "5 hops")


@pytest.mark.parametrize(
    ("location", "code", "words"),
    [
        ("https://www.tiktok.com/?from=share", ErrorCode.SHORT_LINK_DEAD_END, "leads to the home page"),
        ("https://www.tiktok.com", ErrorCode.SHORT_LINK_DEAD_END, "leads to the home page"),
        ("https://www.tiktok.com/login?next=1", ErrorCode.LOGIN_REQUIRED, "leads to the login page"),
        ("https://evil.example/@a/video/1?token=1", ErrorCode.REDIRECT_NOT_ALLOWED, "leads to evil.example"),
        ("market://details", ErrorCode.REDIRECT_NOT_ALLOWED, "leads to details"),
        ("mailto:a@b", ErrorCode.REDIRECT_NOT_ALLOWED, "leads to "),
    ],
)
def test_where_a_chain_ends_without_a_post(location: str, code: ErrorCode, words: str) -> None:
    assert refused(301, location) == (code, "301", words)


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("https://[::1/", " URL"),
        ("https://www.tiktok.com:99999/@a/video/1", " URL"),
        (f"/{'x' * LONGEST}", f"leads to a URL of {LONGEST + len('https://vm.tiktok.com/')} characters"),
    ],
)
def test_what_cannot_be_asked_is_not(location: str, words: str) -> None:
    code, raw_code, said = refused(302, location)
    assert (code, raw_code) == (ErrorCode.REDIRECT_NOT_ALLOWED, None)
    assert words in str(said)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (200, ErrorCode.SHORT_LINK_DEAD_END),
        (404, ErrorCode.SHORT_LINK_DEAD_END),
        (499, ErrorCode.SHORT_LINK_DEAD_END),
        (401, ErrorCode.CHALLENGE),
        (403, ErrorCode.CHALLENGE),
        (429, ErrorCode.RATE_LIMITED),
        (500, ErrorCode.TIMEOUT),
        (503, ErrorCode.TIMEOUT),
    ],
)
def test_an_answer_that_leads_nowhere_says_why(status: int, code: ErrorCode) -> None:
    assert refused(status, " \n") == (code, str(status), "no redirect")
    if status != 200:
        assert refused(status, POST) == (code, str(status), "no redirect")
