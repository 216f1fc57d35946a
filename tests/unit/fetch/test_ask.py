"""A request's context is one value: no module spells a key of ours in ``meta``, and no two requests share one."""

import ast
from collections.abc import Iterator
from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import pytest
from scrapy import Request
from scrapy.http import Response

from scraper.errors import Cause
from scraper.fetch.ask import Ask, Via, ask_of, pause_name
from scraper.fetch.backoff import RetryCause
from scraper.fetch.exchange import Exchange
from scraper.fetch.scope import BrowserScope
from scraper.fetch.session import Session
from scraper.fetch.sink import Sink
from scraper.platform.refusal import CAPTCHA, Refusal
from scraper.platform.session_rules import SessionRules

ROOT = Path(__file__).parents[3]
URL = "https://www.tiktok.com/@lab/video/1"
THEIRS = {
    "autothrottle_dont_adjust_delay", "download_latency", "download_maxsize", "download_slot", "proxy", "verbatim_url",
    "playwright_context", "playwright_context_kwargs",
}  # fmt: skip
"""Keys that Scrapy and scrapy-playwright read or write."""
RULES = SessionRules(mint_url="https://www.tiktok.com/", wants=(), cookie_domains=())
SCOPE = BrowserScope(platform="tiktok", rules=RULES, owns=lambda _: True, reads_cookies=False)


def make_session(name: str = "one") -> Session:
    return Session(id=name, platform="tiktok", user_agent="x", proxy=None, storage={}, born=0)


def keys(tree: ast.AST) -> Iterator[str]:
    """Yield each text that is a key of an object named ``meta``."""
    for node in ast.walk(tree):
        texts: list[ast.expr | None] = []
        if isinstance(node, ast.Subscript) and is_meta(node.value):
            texts = [node.slice]
        elif isinstance(node, ast.Compare) and any(map(is_meta, node.comparators)):
            texts = [node.left]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and is_meta(node.func.value):
            texts = [*node.args[:1], *(ast.Constant(each.arg) for each in node.keywords)]
        elif (isinstance(node, ast.keyword) and node.arg == "meta" and isinstance(node.value, ast.Dict)) or (isinstance(node, ast.Assign) and is_meta(node.targets[0]) and isinstance(node.value, ast.Dict)):
            texts = list(node.value.keys)
        yield from (text.value for text in texts if isinstance(text, ast.Constant) and isinstance(text.value, str))


def is_meta(node: ast.expr) -> bool:
    return (isinstance(node, ast.Attribute) and node.attr == "meta") or (isinstance(node, ast.Name) and node.id == "meta")


def test_no_module_spells_a_key_of_ours() -> None:
    spelled = {
        (path.relative_to(ROOT).as_posix(), key)
        for folder in ("scraper", "spiders", "pipelines")
        for path in (ROOT / folder).rglob("*.py")
        for key in keys(ast.parse(path.read_text("utf-8")))
    }
    assert {key for _, key in spelled} & THEIRS  # the search finds something
    assert {found for found in spelled if found[1] not in THEIRS} == set()


@pytest.mark.parametrize(
    "text",
    ['request.meta["via"]', 'r.meta.get("via")', 'meta.pop("via")', 'm = "via" in r.meta', 'Request(u, meta={"via": 1})', "r.meta.update(via=1)"],
)
def test_a_key_of_ours_would_be_found(text: str) -> None:
    assert set(keys(ast.parse(text))) == {"via"}


def test_a_request_keeps_its_own_ask() -> None:
    first = Ask(platform="tiktok", via=Via.PAGE).request(URL, slot="www.tiktok.com")
    copy = first.copy()
    ask_of(first).as_session(make_session()).put_on(first)
    assert ask_of(first).session is not None
    assert ask_of(copy) == Ask(platform="tiktok", via=Via.PAGE)
    again = ask_of(first).refused_by(CAPTCHA).renew(first)
    assert (ask_of(first).refused, ask_of(first).session) == ((), make_session())
    assert (again.url, again.meta["download_slot"], again.dont_filter) == (URL, "www.tiktok.com", True)
    with pytest.raises(FrozenInstanceError):
        ask_of(first).platform = "x"  # type: ignore[misc]


def test_who_has_no_ask_asks_for_nothing() -> None:
    request = Request(URL)
    assert ask_of(request) == Ask()
    assert ask_of(Response(URL, request=request)) == Ask()
    assert not Via.HTTP.is_browser
    assert [via for via in Via if via.needs_session] == [Via.PAGE, Via.NAVIGATE]


def test_a_refusal_costs_the_session_and_is_remembered() -> None:
    ask = Ask(platform="tiktok", via=Via.PAGE, session=make_session(), scope=SCOPE, retries={RetryCause.NETWORK: 2})
    once = ask.refused_by(CAPTCHA)
    assert (once.session, once.scope, once.tries) == (None, None, 3)
    twice = replace(once, via=Via.NAVIGATE).refused_by(Refusal.of_status(403))
    assert ", ".join(map(str, twice.refused)) == "page: captcha, navigate: status 403"
    assert [Refusal.of_status(status).cause for status in (401, 403, 412)] == [Cause.SESSION, Cause.ADDRESS, Cause.ADDRESS]


def test_a_retry_in_a_page_takes_whoever_is_current() -> None:
    ask = Ask(via=Via.PAGE, session=make_session(), scope=SCOPE)
    again = ask.retried(RetryCause.NETWORK).retried(RetryCause.TIMEOUT).retried(RetryCause.NETWORK)
    assert (again.session, again.scope, again.tries) == (None, None, 4)
    assert again.retries == {RetryCause.NETWORK: 2, RetryCause.TIMEOUT: 1}
    plain = Ask(session=make_session()).retried(RetryCause.NETWORK)
    assert plain.session == make_session()


def test_a_file_waits_for_its_server_and_a_page_for_its_platform() -> None:
    sink = Sink(path=Path("a"), maxsize=9, idle_timeout=1, accept=lambda _: None)
    assert pause_name(Ask(platform="tiktok", sink=sink).request(URL, slot="tiktok-cdn")) == "tiktok-cdn"
    assert pause_name(Ask(platform="tiktok").request(URL, slot="www.tiktok.com")) == "tiktok"


def test_an_exchange_has_the_session_that_first_got_an_answer() -> None:
    first = Response(URL, request=Ask().request(URL))
    exchange = Exchange(first)
    assert (exchange.main, exchange.session) == (first, None)
    more = Response(URL, request=Ask(session=make_session()).request(URL))
    exchange.read_from(more)
    assert (exchange.main, exchange.session) == (more, make_session())
    exchange.read_from(Response(URL, request=Ask(session=make_session("two")).request(URL)))
    assert exchange.session == make_session()
