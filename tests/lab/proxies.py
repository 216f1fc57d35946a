"""Proxies of all kinds in front of the lab, on the loopback: each counts its connections."""

import base64
import socket
import ssl
import struct
import threading
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import trustme

_CHUNK = 65_536


class TestProxy:
    """An http, https or socks5 proxy that forwards to the lab's own; *user* is the ``name:password`` it demands."""

    __test__ = False

    def __init__(self, lab: str, kind: str = "http", user: str | None = None, folder: Path | None = None) -> None:
        self._lab, self._kind, self._user = lab, kind, user
        self._tls: ssl.SSLContext | None = None
        if kind == "https":
            assert folder is not None
            authority = trustme.CA()
            self.ca_file = folder / "proxy-ca.pem"
            authority.cert_pem.write_to_path(str(self.ca_file))
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            authority.issue_cert("127.0.0.1").configure_cert(self._tls)
        self._server = socket.create_server(("127.0.0.1", 0), backlog=256)
        self._open: set[socket.socket] = set()
        self.url = f"{kind}://{f'{user}@' if user else ''}127.0.0.1:{self._server.getsockname()[1]}"
        """Value for PROXY."""
        self.hosts: list[str] = []
        """Host of each tunnel that was opened."""
        self.refused = 0
        """Connections without the right credentials."""
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        """Stop the proxy and all its open connections."""
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for each in list(self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._server.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            if self._tls is not None:
                client = self._tls.wrap_socket(client, server_side=True)
        except OSError:
            client.close()
            return
        with suppress(OSError, ValueError, struct.error), client:
            target = self._greet_socks(client) if self._kind == "socks5" else self._greet_http(client)
            if target is None:
                return
            self.hosts.append(target)
            with socket.create_connection(("127.0.0.1", urlsplit(self._lab).port or 0)) as far:
                far.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
                answer = _read_head(far)
                if self._kind != "socks5":
                    client.sendall(answer)
                elif b" 200 " in answer.split(b"\r\n", 1)[0]:
                    client.sendall(b"\x05\x00\x00\x01\0\0\0\0\0\0")
                else:
                    client.sendall(b"\x05\x04\x00\x01\0\0\0\0\0\0")
                self._open |= {client, far}
                other = threading.Thread(target=_pump, args=(far, client), daemon=True)
                other.start()
                _pump(client, far)
                other.join()

    def _greet_http(self, client: socket.socket) -> str | None:
        """Return the target of CONNECT, None for a client without the right credentials."""
        head = _read_head(client).decode("latin-1")
        if self._user is not None:
            wanted = base64.b64encode(self._user.encode()).decode()
            if f"proxy-authorization: basic {wanted}".lower() not in head.lower():
                self.refused += 1
                client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
                return None
        return head.split(" ")[1]

    def _greet_socks(self, client: socket.socket) -> str | None:
        """Return the target; only names are accepted, because the client must not resolve them."""
        _, count = struct.unpack("!BB", read_exactly(client, 2))
        read_exactly(client, count)
        client.sendall(b"\x05\x00")
        _, command, _, kind = struct.unpack("!BBBB", read_exactly(client, 4))
        if command != 1 or kind != 3:
            client.sendall(b"\x05\x08\x00\x01\0\0\0\0\0\0")
            return None
        name = read_exactly(client, read_exactly(client, 1)[0]).decode()
        (port,) = struct.unpack("!H", read_exactly(client, 2))
        return f"{name}:{port}"


def read_exactly(stream: socket.socket, size: int) -> bytes:
    """Return *size* bytes; raise ValueError if the other side closes before."""
    data = b""
    while len(data) < size:
        piece = stream.recv(size - len(data))
        if not piece:
            raise ValueError("ended early")
        data += piece
    return data


def _read_head(stream: socket.socket) -> bytes:
    data = b""
    while not data.endswith(b"\r\n\r\n"):
        data += read_exactly(stream, 1)
    return data


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(_CHUNK):
            target.sendall(piece)
    for each in (source, target):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
