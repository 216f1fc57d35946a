"""
A CONNECT proxy on this machine that allows some hosts and refuses all others: the browser's only way out.

Chromium's own request blocking misses popups, workers, WebSockets and redirected documents. A page can therefore be
confined to its platform only if every connection passes through this proxy.
"""

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress

from scraper.fetch.network.tunnel import DeadProxyError, open_tunnel

_HEAD_LIMIT = 16384
_TIMEOUT = 20
"""Seconds to connect."""
_CHUNK = 1 << 18
_OK = b"HTTP/1.1 200 Connection established\r\n\r\n"
_REFUSED = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_FAILED = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class AllowlistProxy:
    """
    Lets clients connect to the hosts that *reaches* accepts, at port 443, through *proxy* if there is one.

    *refused* is called with each refused host, *bury* with a dead proxy and the reason.
    """

    def __init__(
        self,
        reaches: Callable[[str], bool],
        proxy: str | None,
        *,
        refused: Callable[[str], None],
        bury: Callable[[str | None, str], None],
    ) -> None:
        self._reaches = reaches
        self._proxy = proxy
        self._refused = refused
        self._bury = bury
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> str:
        """Listen on a free port of the loopback; return the URL of this proxy."""
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=_HEAD_LIMIT)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        """Stop listening and close all connections."""
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
            self._refused(host or "plain http")
            writer.write(_REFUSED)
            await writer.drain()
            return
        try:
            async with asyncio.timeout(_TIMEOUT):
                far_reader, far_writer = await open_tunnel(self._proxy, host, 443)
        except DeadProxyError as error:
            self._bury(self._proxy, str(error))
            writer.write(_FAILED)
            await writer.drain()
            return
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


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy until one side closes."""
    with suppress(ConnectionError):
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
    with suppress(OSError, RuntimeError):
        writer.close()
