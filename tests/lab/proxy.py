"""The only open port: a CONNECT proxy that hands known hosts to the TLS server, and the controls."""

import asyncio
import json
import socket
import ssl
import time
from collections.abc import Callable, Coroutine, Mapping
from urllib.parse import urlsplit

from tests.lab.log import Record

Control = Callable[[str, str, bytes], tuple[int, str]]
"""Takes method, path and body of a control request; returns status and text."""
_HEAD_LIMIT = 65_536


class Proxy:
    """Listens on loopback only; *dead* says of ``host:port`` whether it is ``refused`` or ``silent``, *breaks_tls* of a host whether this time it speaks none."""

    def __init__(
        self,
        *,
        hosts: Mapping[str, object],
        tls: ssl.SSLContext,
        protocol: Callable[[], asyncio.Protocol],
        control: Control,
        note: Callable[[Record], None],
        dead: Mapping[str, str],
        breaks_tls: Callable[[str], bool],
    ) -> None:
        self._hosts = hosts
        self._tls = tls
        self._protocol = protocol
        self._control = control
        self._note = note
        self._dead = dead
        self._breaks_tls = breaks_tls
        self._socket: socket.socket | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> str:
        """Value for PROXY."""
        assert self._socket is not None
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def start(self, port: int = 0) -> None:
        """Open the port; 0 = any free port."""
        self._socket = socket.create_server(("127.0.0.1", port), backlog=512)
        self._socket.setblocking(False)
        self._spawn(self._accept(self._socket))

    async def stop(self) -> None:
        """Close the port and all waiting connections."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._socket is not None:
            self._socket.close()

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _accept(self, listener: socket.socket) -> None:
        while True:
            client, _ = await asyncio.get_running_loop().sock_accept(listener)
            self._spawn(self._greet(client))

    async def _greet(self, client: socket.socket) -> None:
        """Read the first request of a connection and dispatch it."""
        handed_on = False
        try:
            client.setblocking(False)
            handed_on = await self._serve(client)
        except (OSError, asyncio.IncompleteReadError, ValueError):
            pass  # the client has closed the connection or does not speak HTTP (ssl.SSLError is an OSError)
        finally:
            if not handed_on:
                client.close()

    async def _serve(self, client: socket.socket) -> bool:
        """Answer, or hand the connection to the TLS server and return True."""
        loop = asyncio.get_running_loop()
        head, rest = await _read_head(client)
        method, target, *_ = head.split("\r\n", 1)[0].split(" ")
        if method == "CONNECT":
            host, _, port = target.lower().rpartition(":")
            known = host in self._hosts and port == "443"
            ending = self._dead.get(target.lower(), "" if known else "unknown host")
            if ending:
                self._note(
                    Record(time=time.time(), method=method, host=host, target=f":{port}", status=502, note=ending)
                )
                await _turn_away(client, target, ending)
                return False
            await loop.sock_sendall(client, b"HTTP/1.1 200 Connection established\r\n\r\n")
            if self._breaks_tls(host):
                await loop.sock_recv(client, 4096)
                await loop.sock_sendall(client, b"SSH-2.0-no TLS here\r\n")
                return False
            await loop.connect_accepted_socket(self._protocol, client, ssl=self._tls)
            return True
        if target.startswith("/"):
            status, text = self._control(method, target, await _read_body(client, head, rest))
            await loop.sock_sendall(client, _answer(status, text))
            return False
        parts = urlsplit(target)
        record = Record(
            time=time.time(), method=method, host=parts.netloc, target=parts.path, status=502, note="plain http"
        )
        self._note(record)
        await loop.sock_sendall(client, _answer(502, "the lab speaks https only"))
        return False


async def _read_head(client: socket.socket) -> tuple[str, bytes]:
    """Return the head of the request and the bytes after it."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = await asyncio.get_running_loop().sock_recv(client, 4096)
        data += piece
        if not piece or len(data) > _HEAD_LIMIT:
            raise asyncio.IncompleteReadError(data, None)
    head, _, rest = data.partition(b"\r\n\r\n")
    return head.decode("latin-1"), rest


async def _read_body(client: socket.socket, head: str, data: bytes) -> bytes:
    lengths = [line.split(":")[1] for line in head.lower().split("\r\n") if line.startswith("content-length:")]
    size = int(lengths[0]) if lengths else 0
    while len(data) < size:
        piece = await asyncio.get_running_loop().sock_recv(client, 65_536)
        if not piece:
            raise asyncio.IncompleteReadError(data, size)
        data += piece
    return data


async def _turn_away(client: socket.socket, target: str, ending: str) -> None:
    """Refuse a connection, or leave it without an answer until the client gives up."""
    loop = asyncio.get_running_loop()
    if ending == "silent":
        await loop.sock_recv(client, 1)
    else:
        await loop.sock_sendall(client, _answer(502, f"{target}: {ending}"))


def _answer(status: int, text: str) -> bytes:
    body = text.encode()
    reason = {200: "OK", 400: "Bad Request", 404: "Not Found", 502: "Bad Gateway"}[status]
    fields = ("Content-Type: text/plain; charset=utf-8", f"Content-Length: {len(body)}", "Connection: close")
    return "\r\n".join((f"HTTP/1.1 {status} {reason}", *fields, "", "")).encode() + body


def read_specs(body: bytes) -> tuple[list[str], list[str]]:
    """Return the faults and the rate faults of a control request."""
    given = json.loads(body)
    return list(given.get("faults", ())), list(given.get("rate", ()))
