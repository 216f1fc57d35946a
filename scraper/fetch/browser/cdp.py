"""The browser of BROWSER_CDP: its WebSocket, and whether it was started as a crawl needs it."""

import asyncio
import json
import shlex
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout, WSMsgType

from scraper.errors import BrowserMissingError
from scraper.fetch.browser.cdp_address import CdpAddress

_TIMEOUT = 10.0
"""Seconds for one answer about the browser."""
_LARGEST = 1 << 22


def examine(address: CdpAddress, needed: Sequence[str]) -> str:
    """Return the version of the browser at *address*; raise BrowserMissingError unless it was started with *needed*."""
    with ThreadPoolExecutor(1) as pool:  # the caller's thread may run a loop
        version, given = pool.submit(asyncio.run, _ask(address)).result()
    if "--ignore-certificate-errors" in given:
        raise BrowserMissingError(
            f"BROWSER_CDP: the browser at {address.name} checks no certificate: "
            "start it without --ignore-certificate-errors (CA_FILE names an authority of your own)"
        )
    missing = [argument for argument in needed if not _is_given(argument, given)]
    if missing:
        raise BrowserMissingError(
            f"BROWSER_CDP: the browser at {address.name} was started without arguments that a crawl needs: "
            f"start it with {' '.join(missing)}"
        )
    return version


async def find_endpoint(address: CdpAddress) -> str:
    """Return the WebSocket of the browser; raise OSError, ClientError, ValueError or TimeoutError without one."""
    parts = urlsplit(address.url)
    if parts.scheme in ("ws", "wss") and (parts.path.strip("/") or parts.query):
        return address.url
    scheme = "https" if parts.scheme in ("wss", "https") else "http"
    page = parts._replace(scheme=scheme, path=f"{parts.path.rstrip('/')}/json/version").geturl()
    async with (
        ClientSession(timeout=ClientTimeout(_TIMEOUT)) as client,
        client.get(page, allow_redirects=False) as answer,
    ):
        found = json.loads(await answer.text()) if answer.status == 200 else {}
    if not isinstance(found, dict) or not isinstance(endpoint := found.get("webSocketDebuggerUrl"), str):
        raise ValueError("what listens there is no browser")
    scheme = "wss" if scheme == "https" else "ws"
    return urlsplit(endpoint)._replace(scheme=scheme, netloc=parts.netloc).geturl()


async def _ask(address: CdpAddress) -> tuple[str, Sequence[str]]:
    """Return the version of the browser and its start arguments, an empty list if it does not state them."""
    try:
        endpoint = await find_endpoint(address)
        async with (
            ClientSession(timeout=ClientTimeout(_TIMEOUT)) as client,
            client.ws_connect(endpoint, max_msg_size=_LARGEST) as socket,
            asyncio.timeout(_TIMEOUT),
        ):
            version = str((await _call(socket, 1, "Browser.getVersion")).get("product", ""))
            info = await _call(socket, 2, "SystemInfo.getInfo")
    except (OSError, ClientError, ValueError, TimeoutError) as error:
        raise BrowserMissingError(
            f"BROWSER_CDP: no browser answers at {address.name} ({say_why(error)}): "
            "start one with --remote-debugging-port=PORT, or leave BROWSER_CDP out"
        ) from None
    return version.partition("/")[2] or version, _split(str(info.get("commandLine", "")))


async def _call(socket: Any, number: int, method: str) -> dict[str, Any]:
    """Return the result of a CDP method without parameters; {} if the browser does not support it."""
    await socket.send_json({"id": number, "method": method})
    async for message in socket:
        if message.type is not WSMsgType.TEXT:
            break
        answer = json.loads(message.data)
        if answer.get("id") == number:
            result = answer.get("result", {})
            return result if isinstance(result, dict) else {}
    raise ValueError("it closed the connection")


def _split(line: str) -> Sequence[str]:
    with suppress(ValueError):
        return shlex.split(line)
    return line.split()


def _is_given(argument: str, given: Sequence[str]) -> bool:
    """Whether *argument* is in *given*; its value there may be a longer list."""
    name, _, value = argument.partition("=")
    values = {part for each in given if each.partition("=")[0] == name for part in each.partition("=")[2].split(",")}
    return set(value.split(",")) <= values


def say_why(error: BaseException) -> str:
    """Return the cause of *error* in words without a URL."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    cause = getattr(error, "os_error", error)
    if isinstance(cause, OSError):
        return cause.strerror or type(cause).__name__
    return str(error) if type(error) is ValueError else type(error).__name__
