"""The parts of sessions and of the transport by themselves: no crawler, no browser, no network."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy import Request
from scrapy.exceptions import DownloadFailedError
from scrapy.http import Response, TextResponse

from scraper.errors import Cause, ErrorCode, SeedError
from scraper.fetch.ask import Ask, Via, ask_of
from scraper.fetch.browser.failure import PageFetchError, find_origin
from scraper.fetch.network.proxies import Proxies
from scraper.fetch.session import Session
from scraper.fetch.sessions.accounts import Accounts
from scraper.fetch.sessions.cookie_store import CookieStore
from scraper.fetch.sessions.files import SessionFiles
from scraper.fetch.sessions.keeper import SessionManager
from scraper.fetch.sessions.minting import SessionMinter
from scraper.fetch.sessions.options import SessionOptions
from scraper.fetch.transport.errors import ProxyDeadError, ProxyUnfitError, find_cause
from scraper.fetch.transport.relays import Relays
from scraper.platform.contract import Platform
from scraper.platform.registry import load
from scraper.platform.session_rules import SessionRules, TokenRules

PLATFORMS = load(("spiders",))
COOKIES = ("ttwid", "msToken", "tt_chain_token")


class Sender:
    """Answers each request with *answer*, as an engine would."""

    def __init__(self, answer: Callable[[Request], Response]) -> None:
        self._answer = answer
        self.requests: list[Request] = []

    async def __call__(self, request: Request) -> Response:
        self.requests.append(request)
        return self._answer(request)


class Room:
    """A session manager with all its parts, its counts and its released sessions."""

    def __init__(self, folder: Path, answer: Callable[[Request], Response], proxies: tuple[str, ...] = ()) -> None:
        self.counts: Counter[str] = Counter()
        self.released: list[str] = []
        self.send = Sender(answer)
        stats: Any = SimpleNamespace(inc_value=lambda key: self.counts.update([key]))
        self.proxies = Proxies(proxies, stats=stats)
        store = CookieStore(folder / "cookies", folder / "notes.json")
        (folder / "sessions").mkdir(exist_ok=True)
        self.manager = SessionManager(
            SessionOptions(pool=2, uses=9, age=0, tries=1),
            files=SessionFiles(folder / "sessions"),
            minter=SessionMinter(self.send),
            accounts=Accounts(store, proxies=self.proxies, stats=stats, release=self.release),
            proxies=self.proxies,
            stats=stats,
            release=self.release,
        )
        self.relays = Relays(PLATFORMS.values(), proxies=self.proxies, stats=stats)

    def release(self, *, session: Session) -> None:
        self.released.append(session.id)

    def get(self, platform: Platform) -> Session:
        rules = platform.session
        assert rules is not None
        return asyncio.run(self.manager.get(platform, rules))


def token(request: Request) -> Response:
    return TextResponse(request.url, body=json.dumps({"guest_token": "123"}).encode(), request=request)


def visit(request: Request) -> Response:
    """Fill the session, as the browser does for a mint."""
    session = ask_of(request).session
    assert session is not None
    cookies = [{"name": name, "value": "x", "domain": ".tiktok.com", "path": "/"} for name in COOKIES]
    session.storage, session.user_agent = {"cookies": [*cookies, {**cookies[0], "domain": ".other.com"}]}, "Browser/1"
    return Response(request.url, request=request)


def test_a_token_is_asked_for_once_and_kept(tmp_path: Path) -> None:
    room, twitter = Room(tmp_path, token), PLATFORMS["twitter"]
    assert isinstance(twitter.session, TokenRules)
    first, second = room.get(twitter), room.get(twitter)
    assert (first.token, first is second, first.uses) == ("123", True, 2)
    (request,) = room.send.requests
    assert (request.method, request.url, request.meta["download_slot"]) == ("POST", twitter.session.url, "twitter-mint")
    assert ask_of(request) == Ask(platform="twitter", session=first, dont_retry=True)
    assert room.counts["session/minted/twitter"] == 1


def test_a_visit_makes_a_guest_that_the_next_run_uses(tmp_path: Path) -> None:
    room, tiktok = Room(tmp_path, visit, ("http://a:1",)), PLATFORMS["tiktok"]
    assert isinstance(tiktok.session, SessionRules)
    guest = room.get(tiktok)
    assert (guest.proxy, {cookie["domain"] for cookie in guest.storage["cookies"]}) == ("http://a:1", {".tiktok.com"})
    assert [ask_of(request).via for request in room.send.requests] == [Via.MINT]
    room.manager.save_all()
    later = Room(tmp_path, visit, ("http://a:1",))
    assert later.get(tiktok).id == guest.id
    assert not later.send.requests
    later.manager.refuse(tiktok, later.get(tiktok), "captcha")
    assert later.released == [guest.id]


@pytest.mark.parametrize(("status", "cause"), [(403, Cause.ADDRESS), (200, Cause.SESSION)])
def test_what_is_behind_a_guest_that_cannot_be_made_is_a_value(tmp_path: Path, status: int, cause: Cause) -> None:
    room = Room(tmp_path, lambda request: TextResponse(request.url, status=status, body=b"{}", request=request))
    with pytest.raises(SeedError) as caught:
        room.get(PLATFORMS["twitter"])
    assert (caught.value.code, caught.value.cause) == (ErrorCode.CHALLENGE, cause)
    assert room.counts["session/failed/twitter"] == 1


def test_a_relay_holds_back_what_has_no_proxy(tmp_path: Path) -> None:
    request = Ask(platform="tiktok").request("https://www.tiktok.com/")
    assert asyncio.run(Room(tmp_path, visit).relays.lead(request)) is None
    behind = Room(tmp_path, visit, ("http://a:1",)).relays
    with pytest.raises(ProxyUnfitError):
        asyncio.run(behind.lead(request))
    request.meta["proxy"] = "http://a:1"
    assert asyncio.run(behind.lead(request)) == "http://a:1"

    async def lead_through_ours() -> str | None:
        request.meta["proxy"] = "http://user:word@a:1"
        try:
            return await behind.lead(request)
        finally:
            await behind.close()

    ours = asyncio.run(lead_through_ours())
    assert ours is not None
    assert ours.startswith("http://127.0.0.1:")


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        ("Page.goto: net::ERR_CERT_AUTHORITY_INVALID at https://x.com/", Cause.CERTIFICATE),
        ("net::ERR_NAME_NOT_RESOLVED", Cause.NAME),
        ("net::ERR_PROXY_CONNECTION_FAILED", Cause.PROXY),
        ("net::ERR_CONNECTION_RESET", None),
        ("TypeError: Failed to fetch", None),
    ],
)
def test_the_browser_s_code_says_what_is_behind_a_failure(words: str, cause: Cause | None) -> None:
    failure = DownloadFailedError(words)
    failure.__cause__ = find_origin(PageFetchError(words))
    assert find_cause(failure) is cause


def test_a_dead_proxy_is_behind_what_it_did_not_carry() -> None:
    assert find_cause(ProxyDeadError("no connection")) is Cause.PROXY
    assert find_cause(DownloadFailedError("anything")) is None
