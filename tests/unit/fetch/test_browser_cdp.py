"""Valid values of BROWSER_CDP, and the check of its browser before a crawl starts."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme
from aiohttp import web
from scrapy.settings import Settings

from scraper import settings as defaults
from scraper.errors import BrowserMissingError, UsageError
from scraper.fetch.browser.cdp import examine
from scraper.fetch.browser.cdp_address import parse_cdp
from scraper.fetch.browser.launch import needed_arguments, spki_hashes, start_command
from scraper.fetch.browser.options import BrowserOptions
from scraper.fetch.network.options import NetworkOptions
from tests.support.ports import closed_port

NO_UDP = "--webrtc-ip-handling-policy=disable_non_proxied_udp"
TOKEN = "d0n0tsh0w"


@pytest.fixture
def browser() -> Iterator[Callable[[str], str]]:
    """Play a browser that reports a command line as its own; return its address."""
    stops: list[Callable[[], None]] = []

    def start(line: str) -> str:
        ready, found = threading.Event(), list[str]()

        async def version(request: web.Request) -> web.Response:
            assert request.query.get("token") == TOKEN
            return web.json_response({"webSocketDebuggerUrl": f"ws://{request.host}/devtools/browser/{TOKEN}"})

        async def speak(request: web.Request) -> web.WebSocketResponse:
            socket = web.WebSocketResponse()
            await socket.prepare(request)
            async for message in socket:
                asked = message.json()
                says = {"Browser.getVersion": {"product": "HeadlessChrome/156.0.1.2"}, "SystemInfo.getInfo": {"commandLine": line}}
                await socket.send_json({"method": "Target.noise", "params": {}})
                await socket.send_json({"id": asked["id"], "result": says[asked["method"]]})
            return socket

        async def serve() -> None:
            app = web.Application()
            app.add_routes([web.get("/json/version", version), web.get(f"/devtools/browser/{TOKEN}", speak)])
            runner = web.AppRunner(app)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            over, loop = asyncio.Event(), asyncio.get_running_loop()

            def stop() -> None:
                loop.call_soon_threadsafe(over.set)
                thread.join()

            stops.append(stop)
            found.append(f"http://127.0.0.1:{runner.addresses[0][1]}/?token={TOKEN}")
            ready.set()
            await over.wait()
            await runner.cleanup()

        thread = threading.Thread(target=lambda: asyncio.run(serve()))
        thread.start()
        assert ready.wait(10)
        return found[0]

    yield start
    for stop in stops:
        stop()


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("http://127.0.0.1:9222", "http://127.0.0.1:9222"),
        (f"ws://localhost:9222/devtools/browser/{TOKEN}?token={TOKEN}", "ws://localhost:9222"),
        (f"http://me:{TOKEN}@[::1]:9222/", "http://[::1]:9222"),
    ],
)
def test_an_address_is_named_without_its_secrets(given: str, name: str) -> None:
    address = parse_cdp(given)
    assert (address.url, address.name) == (given, name)
    assert TOKEN not in repr(address)


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ("chrome", "BROWSER_CDP: expected ws://127.0.0.1:PORT/… or http://127.0.0.1:PORT, got 'no scheme': correct it"),
        ("ftp://127.0.0.1", "got 'ftp': correct it"),
        (f"ws://127.0.0.1:x{TOKEN}", "got what is no URL: correct it"),
        (f"ws://browser:9222/{TOKEN}", "expected a browser on this machine, got ws://browser:9222: its pages go out through our loopback,"),
    ],
)
def test_an_address_that_cannot_be_used_is_one_line(given: str, line: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_cdp(given)
    assert line in str(caught.value)
    assert TOKEN not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("more", "name"), [({"BROWSER_EXECUTABLE": "chromium"}, "BROWSER_EXECUTABLE"), ({"BROWSER_HEADLESS": "0"}, "BROWSER_HEADLESS=0")]
)
def test_nothing_is_said_of_a_browser_that_is_not_started(more: dict[str, str], name: str) -> None:
    values = {key: value for key, value in vars(defaults).items() if key.isupper()}
    with pytest.raises(UsageError, match=f"^BROWSER_CDP and {name}: expected one of them, got both: leave one out$"):
        BrowserOptions.from_settings(Settings({**values, "BROWSER_CDP": "http://127.0.0.1:9222", **more}))


def test_its_version_is_returned_where_it_was_started_as_needed(browser: Callable[[str], str]) -> None:
    address = parse_cdp(browser(f"/usr/bin/chromium {NO_UDP} --ignore-certificate-errors-spki-list=other,mine about:blank"))
    assert examine(address, [NO_UDP, "--ignore-certificate-errors-spki-list=mine"]) == "156.0.1.2"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("chromium", f"was started without arguments that a crawl needs: start it with {NO_UDP} --ignore-certificate-errors-spki-list=mine"),
        (f"chromium {NO_UDP}", "start it with --ignore-certificate-errors-spki-list=mine"),
        (f"chromium {NO_UDP} --ignore-certificate-errors", "checks no certificate: start it without --ignore-certificate-errors ("),
    ],
)
def test_one_that_was_started_otherwise_is_refused(browser: Callable[[str], str], line: str, says: str) -> None:
    with pytest.raises(BrowserMissingError) as caught:
        examine(parse_cdp(browser(line)), [NO_UDP, "--ignore-certificate-errors-spki-list=mine"])
    assert says in str(caught.value)
    assert TOKEN not in str(caught.value)


def test_where_none_answers_the_line_says_what_to_do() -> None:
    port = closed_port()
    with pytest.raises(BrowserMissingError) as caught:
        examine(parse_cdp(f"ws://127.0.0.1:{port}/{TOKEN}"), [])
    start = f"BROWSER_CDP: no browser answers at ws://127.0.0.1:{port} ("
    end = "): start one with --remote-debugging-port=PORT, or leave BROWSER_CDP out"
    assert str(caught.value).startswith(start)
    assert str(caught.value).endswith(end)
    assert TOKEN not in str(caught.value)


def test_the_command_of_a_browser_has_all_that_is_needed(tmp_path: Path) -> None:
    trustme.CA().cert_pem.write_to_path(str(authority := tmp_path / "ca.pem"))
    network = NetworkOptions(None, authority)
    options = BrowserOptions(executable=None, headless=True, page_timeout=30, mint_timeout=30)
    command = start_command(options, network, tmp_path, 9222)
    assert {*needed_arguments(network), f"--user-data-dir={tmp_path}", "--remote-debugging-port=9222", "--headless"} <= set(command)
    assert needed_arguments(network)[1].endswith(spki_hashes(authority)[0])
