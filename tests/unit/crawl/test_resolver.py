"""The way from a link to its post, without a crawl: answers are saved ones, and nothing here is a Crawler."""

import asyncio
from collections.abc import Mapping

import pytest
from scrapy import Request
from scrapy.exceptions import DownloadTimeoutError, IgnoreRequest
from scrapy.http import HtmlResponse, Response, TextResponse

from scraper.crawl.resolver import Resolver, Step
from scraper.errors import ErrorCode, PayloadError, SeedError
from scraper.fetch.ask import Ask, RequestError, Via, ask_of
from scraper.model.ref import Ref
from scraper.platform.refusal import CAPTCHA
from scraper.platform.registry import load, recogniser
from tests.platforms.payloads import case_text

PLATFORMS = load(("spiders",))
RECOGNISER = recogniser(PLATFORMS.values())
ID = "1700000000000000001"
POST = f"https://x.com/lab/status/{ID}"
EMBED = "https://cdn.syndication.twimg.com/tweet-result"
SHARE = "www.iesdouyin.com"
DOUYIN = Ref("douyin", "video", "7300000000000000001", "https://www.douyin.com/video/7300000000000000001")


class Sent:
    """Answers requests by the start of their URL, and records them."""

    def __init__(self, answers: Mapping[str, Response | Exception]) -> None:
        self._answers = answers
        self.requests: list[Request] = []

    async def __call__(self, request: Request) -> Response:
        self.requests.append(request)
        answer = next(answer for start, answer in self._answers.items() if request.url.startswith(start))
        if isinstance(answer, Exception):
            raise answer
        return answer.replace(url=request.url, request=request)


def resolver(sent: Sent) -> Resolver:
    return Resolver(send=sent, platforms=PLATFORMS, recogniser=RECOGNISER, switch=lambda name: False)


def moved(target: str) -> Response:
    return Response("https://t.co/", status=301, headers={"Location": target})


def embed(case: str = "embed-mixed") -> TextResponse:
    return TextResponse(EMBED, body=case_text("twitter", case).encode(), encoding="utf-8")


def test_a_share_text_leads_over_its_short_link_to_the_post() -> None:
    sent = Sent({"https://t.co/AbCdEf1234": moved("https://t.co/ZyXwVu9876"), "https://t.co/ZyXwVu9876": moved(POST), EMBED: embed()})
    found = asyncio.run(resolver(sent).resolve("look at this https://t.co/AbCdEf1234 !"))
    assert (found.ref.platform, found.ref.id, found.post.id) == ("twitter", ID, ID)
    assert found.post.media
    assert [request.url.partition("?")[0] for request in sent.requests] == ["https://t.co/AbCdEf1234", "https://t.co/ZyXwVu9876", EMBED]
    assert found.post.provenance.via == "http"


def test_a_ref_is_resolved_as_it_is() -> None:
    (ref,) = RECOGNISER.find(POST)
    assert isinstance(ref, Ref)
    sent = Sent({EMBED: embed()})
    assert asyncio.run(resolver(sent).resolve(ref)).post.id == ID
    assert len(sent.requests) == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("no link at all", "no_url"),
        ("https://example.com/video/1", "host_not_allowed"),
        ("https://x.com/explore", "unknown_resource"),
        ("https://www.tiktok.com/@someone", "unsupported_kind"),
    ],
)
def test_a_text_that_leads_nowhere_says_why(text: str, code: str) -> None:
    sent = Sent({})
    with pytest.raises(SeedError) as caught:
        asyncio.run(resolver(sent).resolve(text))
    assert caught.value.code == code
    assert not sent.requests


def test_a_request_without_an_answer_ends_as_a_timeout() -> None:
    sent = Sent({"https://t.co/": DownloadTimeoutError("nothing came")})
    with pytest.raises(SeedError) as caught:
        asyncio.run(resolver(sent).resolve("https://t.co/AbCdEf1234"))
    assert (caught.value.code, caught.value.raw_code) == (ErrorCode.TIMEOUT, "DownloadTimeoutError")


def test_an_answer_of_an_unknown_shape_is_a_payload_error() -> None:
    sent = Sent({"https://api.x.com/": TextResponse(EMBED, body=b"nothing"), EMBED: TextResponse(EMBED, body=b"neither")})
    with pytest.raises(PayloadError):
        asyncio.run(resolver(sent).resolve(POST))


def test_a_session_that_is_not_believed_leads_to_the_platform_s_last_try() -> None:
    refused = SeedError(ErrorCode.CHALLENGE, raw_message="refused 3 times")
    sent = Sent({f"https://{SHARE}/": SeedError(ErrorCode.REMOVED, raw_message="gone"), "https://www.douyin": refused})
    with pytest.raises(SeedError) as caught:
        asyncio.run(resolver(sent).resolve(DOUYIN))
    assert (caught.value.code, len(sent.requests)) == (ErrorCode.REMOVED, 2)


def test_what_was_refused_before_leads_there_too() -> None:
    """The engine itself repeats a request: only the error shows its last attempt."""
    refused = Ask(platform="douyin", via=Via.PAGE).refused_by(CAPTCHA)
    timeout = RequestError(ErrorCode.TIMEOUT, refused, raw_message="status 503")
    sent = Sent({f"https://{SHARE}/": SeedError(ErrorCode.REMOVED, raw_message="gone"), "https://www.douyin": timeout})
    with pytest.raises(SeedError) as caught:
        asyncio.run(resolver(sent).resolve(DOUYIN))
    assert (caught.value.code, len(ask_of(sent.requests[-1]).refused)) == (ErrorCode.REMOVED, 2)


def test_an_answer_that_is_dropped_is_an_error_of_the_link() -> None:
    sent = Sent({EMBED: IgnoreRequest("a bomb")})
    with pytest.raises(PayloadError):
        asyncio.run(resolver(sent).resolve(POST))


@pytest.mark.parametrize(
    ("last", "code", "message"),
    [
        (SeedError(ErrorCode.REMOVED, raw_message="作品不见了"), "removed", "作品不见了"),
        (SeedError(ErrorCode.TIMEOUT, raw_message="status 503"), "challenge", f"refused 3 times; {SHARE}: status 503"),
    ],
)
def test_the_last_try_s_word_about_the_post_counts(last: SeedError, code: str, message: str) -> None:
    first = SeedError(ErrorCode.CHALLENGE, raw_message="refused 3 times")
    step = Step(ref=DOUYIN, request=Request(f"https://{SHARE}/share/video/{DOUYIN.id}/"), first=first)
    with pytest.raises(SeedError) as caught:
        resolver(Sent({})).recover(step, last)
    assert (caught.value.code, caught.value.raw_message) == (code, message)


@pytest.mark.parametrize(("url", "found"), [("https://[bad/", None), ("/video/1", "https://b23.tv/video/1")])
def test_a_page_that_refreshes_to_no_url_leads_nowhere(url: str, found: str | None) -> None:
    body = f'<meta http-equiv="refresh" content="0;url={url}">'.encode()
    short = Ref("bilibili", "short", "1", "https://b23.tv/1")
    sent = Sent({"https://b23.tv/1": HtmlResponse("https://b23.tv/1", body=body)})
    asked = resolver(sent)

    async def follow() -> object:
        step = asked.begin(short)
        return asked.follow(step, await sent(step.request))

    if found is None:
        with pytest.raises(SeedError) as caught:
            asyncio.run(follow())
        assert caught.value.code == ErrorCode.SHORT_LINK_DEAD_END
    else:
        end = asyncio.run(follow())
        assert isinstance(end, Step)
        assert (end.request.url, end.hops) == (found, 2)
