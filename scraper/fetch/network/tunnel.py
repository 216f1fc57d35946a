"""Open a connection to a host, directly or through a proxy of any kind."""

import asyncio
import base64
import ssl
from urllib.parse import unquote, urlsplit

from python_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError
from python_socks.async_.asyncio import Proxy

from scraper.fetch.network.addresses import resolve_public

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]

PROXY_TIMEOUT = 15
"""Seconds within which a living proxy accepts a connection."""


class DeadProxyError(OSError):
    """The proxy itself does not respond or rejects its credentials; the message names neither."""


async def open_tunnel(proxy: str | None, host: str, port: int) -> Streams:
    """
    Connect to *host*; names are resolved here only if no proxy does it.

    Raise DeadProxyError for a dead proxy, another OSError or TimeoutError for an unreachable host.
    """
    if proxy is None:
        return await asyncio.open_connection(await resolve_public(host, port), port)
    if proxy.startswith("socks5:"):
        return await _through_socks(proxy, host, port)
    reader, writer = await _reach(proxy)
    try:
        status = await _ask(reader, writer, proxy, host, port)
    except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        writer.close()
        raise DeadProxyError("it closed the connection without an answer") from error
    except BaseException:
        writer.close()
        raise
    if status == 200:
        return reader, writer
    writer.close()
    if status == 407:
        raise DeadProxyError("it rejects the credentials (407)")
    raise ConnectionRefusedError(f"the proxy answered {status} for {host}")


async def _reach(proxy: str) -> Streams:
    """Connect to the proxy itself."""
    parts = urlsplit(proxy)
    tls = ssl.create_default_context() if parts.scheme == "https" else None
    try:
        async with asyncio.timeout(PROXY_TIMEOUT):
            return await asyncio.open_connection(parts.hostname, parts.port, ssl=tls)
    except (OSError, ssl.SSLError, TimeoutError) as error:
        why = "its certificate is not trusted" if isinstance(error, ssl.SSLCertVerificationError) else "no connection"
        raise DeadProxyError(f"{why} ({type(error).__name__})") from error


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, proxy: str, host: str, port: int) -> int:
    """Send CONNECT; return the status of the answer."""
    parts = urlsplit(proxy)
    lines = [f"CONNECT {host}:{port} HTTP/1.1", f"Host: {host}:{port}"]
    if parts.username is not None:
        user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        lines.append(f"Proxy-Authorization: Basic {base64.b64encode(user.encode()).decode()}")
    writer.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
    answer = await reader.readuntil(b"\r\n\r\n")
    status = answer.split(b" ", 2)[1:2]
    return int(status[0]) if status and status[0].isdigit() else 0


async def _through_socks(proxy: str, host: str, port: int) -> Streams:
    try:
        sock = await Proxy.from_url(proxy, rdns=True).connect(dest_host=host, dest_port=port, timeout=PROXY_TIMEOUT)
    except ProxyError as error:  # the proxy's own answer about the host
        raise ConnectionRefusedError(f"the proxy does not reach {host}") from error
    except (ProxyConnectionError, ProxyTimeoutError, OSError) as error:
        raise DeadProxyError(f"no connection ({type(error).__name__})") from error
    return await asyncio.open_connection(sock=sock)
