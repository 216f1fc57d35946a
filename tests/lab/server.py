"""The HTTP side: log a request, perhaps disturb it, let its platform answer, and send the answer."""

import asyncio
import socket
import struct
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Protocol

from aiohttp import web
from multidict import CIMultiDict

from tests.lab.accounts import Accounts
from tests.lab.faults import Faults, disturb, instead
from tests.lab.log import Record
from tests.lab.messages import Ask, Reply, page

_WORTH = (
    "referer",
    "user-agent",
    "range",
    "if-range",
    "sec-fetch-mode",
    "sec-fetch-dest",
    "sec-fetch-site",
    "accept-language",
    "origin",
)
_CHUNK = 16_384


class Platform(Protocol):
    """One played platform."""

    @property
    def hosts(self) -> tuple[str, ...]: ...

    def answer(self, ask: Ask) -> Reply:
        """Answer one request."""
        ...


class Server:
    """Answers for the hosts of *platforms*; aiohttp calls ``handle``."""

    def __init__(
        self, platforms: Iterable[Platform], faults: Faults, *, latency: float = 0.0, verbose: bool = False
    ) -> None:
        self.faults = faults
        self.log: list[Record] = []
        self.accounts = Accounts()
        self.routes = {host: platform for platform in platforms for host in platform.hosts}
        self._latency = latency
        self._verbose = verbose

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer *request*."""
        ask = Ask(
            method=request.method,
            host=request.host.lower().removesuffix(":443"),
            target=request.raw_path,
            headers=request.headers,
            now=time.time(),
        )
        ask.fault = self.faults.draw(ask.url)
        if self._latency:
            await asyncio.sleep(self._latency)
        name = type(self.routes.get(ask.host)).__name__.lower()
        ask.member = self.accounts.judge(name, ask)
        foreign = self.accounts.foreign(name, ask.cookies)
        reply = self._answer(ask)
        self.accounts.note(name, ask, reply)
        headers = {name: ask.headers[name] for name in _WORTH if name in ask.headers}
        size = 0 if ask.method == "HEAD" else len(reply.body)
        record = Record(
            time=ask.now, method=ask.method, host=ask.host, target=ask.target, status=reply.status, bytes=size,
            note=reply.note, headers=headers, cookies=list(ask.cookies), foreign=foreign, member=ask.member,
        )  # fmt: skip
        self.note(record)
        if reply.raw is not None:
            return await _send_raw(request, reply.raw)
        if reply.is_endless:
            return await _send_for_ever(request, reply, record)
        if reply.stop_after is None and reply.pace is None:
            return web.Response(status=reply.status, headers=CIMultiDict(reply.headers), body=reply.body)
        return await _trickle(request, reply, record)

    def note(self, record: Record) -> None:
        """Keep *record*."""
        self.log.append(record)
        if self._verbose:
            print(record.line(), file=sys.stderr, flush=True)

    def _answer(self, ask: Ask) -> Reply:
        platform = self.routes.get(ask.host)
        if platform is None:
            return page("", 421, "host of another connection")
        reply = instead(ask.fault) or platform.answer(ask)
        fault = ask.fault or reply.fault
        if fault and 200 <= reply.status < 300:
            reply = disturb(fault, reply)
        if fault:
            reply.note = reply.note or f"fault {fault}"
        return reply


async def _send_raw(request: web.BaseRequest, raw: bytes) -> web.StreamResponse:
    """Write *raw* past aiohttp, which would refuse it."""
    if request.transport is not None:
        request.transport.write(raw)
        await _end(request, "close")
    return web.Response()


async def _send_for_ever(request: web.BaseRequest, reply: Reply, record: Record) -> web.StreamResponse:
    response = web.StreamResponse(status=reply.status, headers=CIMultiDict(reply.headers))
    response.headers.pop("Content-Length", None)
    response.enable_chunked_encoding()
    record.bytes = 0
    piece = reply.body
    with suppress(ConnectionError):
        await response.prepare(request)
        while request.transport is not None and not request.transport.is_closing():
            await response.write(piece)
            await asyncio.sleep(0)  # the write itself does not wait for a client that has closed the connection
            record.bytes += len(piece)
            piece = bytes(_CHUNK)
    return response


async def _trickle(request: web.BaseRequest, reply: Reply, record: Record) -> web.StreamResponse:
    """Send *reply* piece by piece, up to its limit, and end the connection as it says."""
    response = web.StreamResponse(status=reply.status, headers=CIMultiDict(reply.headers))
    response.content_length = len(reply.body)
    body = reply.body[: reply.stop_after]
    step = _CHUNK if reply.pace is None else max(1, min(_CHUNK, reply.pace // 10))
    record.bytes = 0
    with suppress(ConnectionError):
        await response.prepare(request)
        for start in range(0, len(body), step):
            piece = body[start : start + step]
            await response.write(piece)
            record.bytes += len(piece)
            if reply.pace is not None:
                await asyncio.sleep(len(piece) / reply.pace)
        if reply.stop_after is not None and len(body) < len(reply.body):
            await _end(request, reply.ending)
    return response


async def _end(request: web.BaseRequest, ending: str) -> None:
    transport = request.transport
    if transport is None:
        return
    if ending == "stall":
        await asyncio.sleep(3600)
    await asyncio.sleep(0.05)  # the bytes already written must arrive
    if ending == "reset":
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    else:
        transport.close()
