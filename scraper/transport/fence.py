"""
The browser's only way out: a CONNECT proxy on this machine that knows one platform's hosts.

Chromium's own request blocking sees neither popups nor workers, WebSockets or redirected documents, so nothing a page
does can leave the platform only if every connection passes here.
"""

import asyncio
import base64
import logging
import ssl
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import unquote, urlsplit

from scraper.addresses import resolve_public

logger = logging.getLogger(__name__)

_HEAD_LIMIT = 16384
_TIMEOUT = 20
"""Seconds to connect."""
_CHUNK = 1 << 18
_OK = b"HTTP/1.1 200 Connection established\r\n\r\n"
_REFUSED = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_FAILED = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Fence:
    """Lets the browser connect to the hosts that *reaches* names, at port 443, through *proxy* if there is one."""

    def __init__(self, reaches: Callable[[str], bool], proxy: str | None, count: Callable[[str], None]) -> None:
        self._reaches = reaches
        self._proxy = proxy
        self._count = count
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> str:
        """Listen on a free port of the loopback; return the URL for the browser."""
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=_HEAD_LIMIT)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        """Stop listening and end what is open."""
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._serve(reader, writer)
        except (OSError, ssl.SSLError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError):
            pass
        except asyncio.CancelledError:
            # asyncio logs a cancelled connection task as an error.
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        method, _, rest = head.partition(b" ")
        host, _, port = rest.partition(b" ")[0].decode("latin-1").lower().rpartition(":")
        if method != b"CONNECT" or port != "443" or not self._reaches(host):
            self._count("hosts/refused/browser")
            logger.debug("the browser was kept from %s", host or "plain http")
            writer.write(_REFUSED)
            await writer.drain()
            return
        try:
            async with asyncio.timeout(_TIMEOUT):
                far_reader, far_writer = await self._connect(host)
        except (OSError, ssl.SSLError, TimeoutError, asyncio.IncompleteReadError):
            writer.write(_FAILED)
            await writer.drain()
            return
        writer.write(_OK)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_pump(reader, far_writer))
                group.create_task(_pump(far_reader, writer))
        finally:
            far_writer.close()

    async def _connect(self, host: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a tunnel to *host*: names are resolved here only where no proxy does it."""
        if self._proxy is None:
            return await asyncio.open_connection(await resolve_public(host, 443), 443)
        parts = urlsplit(self._proxy)
        tls = ssl.create_default_context() if parts.scheme == "https" else None
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port or (443 if tls else 80), ssl=tls)
        lines = [f"CONNECT {host}:443 HTTP/1.1", f"Host: {host}:443"]
        if parts.username:
            user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            lines.append(f"Proxy-Authorization: Basic {base64.b64encode(user.encode()).decode()}")
        writer.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
        answer = await reader.readuntil(b"\r\n\r\n")
        if answer.split(b" ", 2)[1:2] != [b"200"]:
            writer.close()
            raise ConnectionRefusedError(f"the proxy refused {host}")
        return reader, writer


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy until one side ends."""
    with suppress(ConnectionError):
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
    with suppress(OSError, RuntimeError):
        writer.close()
