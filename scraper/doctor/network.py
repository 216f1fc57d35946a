"""The checks of proxies and of the platforms' certificates."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator
from typing import Any

from cryptography import x509
from scrapy.settings import BaseSettings

from scraper.doctor.diagnosis import Check, CheckStatus, Culprit, advise
from scraper.fetch.browser.launch import spki_hash, spki_hashes
from scraper.fetch.network.options import NetworkOptions
from scraper.fetch.network.tunnel import DeadProxyError, open_tunnel

_TIMEOUT = 20


async def examine(settings: BaseSettings, hosts: dict[str, str]) -> AsyncIterator[Check]:
    """Yield a check for each proxy, and for the certificate of each of *hosts*, the web host of each platform."""
    network = NetworkOptions.from_settings(settings)
    first = next(iter(hosts.values()))
    for proxy in network.proxies:
        yield await _try_proxy(proxy.url, proxy.name, first)
    if not network.proxies:
        yield Check(name="proxy", says="none: requests go out directly")
    way = network.proxies[0].url if network.proxies else None
    for check in await asyncio.gather(*(_try_tls(name, host, way, network) for name, host in hosts.items())):
        yield check


async def _try_proxy(url: str, name: str, host: str) -> Check:
    began = time.monotonic()
    check = Check(name="proxy", says=f"{name} answers")
    try:
        async with asyncio.timeout(_TIMEOUT):
            _, writer = await open_tunnel(url, host, 443)
        writer.close()
    except DeadProxyError as error:
        check = _fail("proxy", f"{name}: {error}", Culprit.PROXY)
    except (OSError, TimeoutError):
        check = Check(
            name="proxy",
            says=f"{name} answers, but does not reach {host}",
            status=CheckStatus.WARN,
            culprit=Culprit.PROXY,
            advice="see whether the proxy may reach it",
        )
    check.seconds = time.monotonic() - began
    return check


async def _try_tls(platform: str, host: str, proxy: str | None, network: NetworkOptions) -> Check:
    """Make the TLS handshake that Scrapy makes; check whether Chromium trusts the same chain."""
    began = time.monotonic()
    context = ssl.create_default_context()
    if network.ca_file is not None:
        context.load_verify_locations(cafile=network.ca_file)
    try:
        async with asyncio.timeout(_TIMEOUT):
            _, writer = await open_tunnel(proxy, host, 443)
            await writer.start_tls(context, server_hostname=host)
        session = writer.get_extra_info("ssl_object")
        check = _judge(session, host, network)
        writer.close()
    except ssl.SSLError as error:
        reason = getattr(error, "verify_message", "") or error.reason or "the handshake failed"
        check = _fail("tls", f"{host}: the certificate is not trusted: {reason}", Culprit.TLS)
    except DeadProxyError as error:
        check = _fail("tls", f"{host}: not reached, as the proxy is dead: {error}", Culprit.PROXY)
    except (OSError, TimeoutError) as error:
        check = _fail("tls", f"{host}: not reached: {type(error).__name__}", Culprit.NETWORK)
    check.platform, check.seconds = platform, time.monotonic() - began
    return check


def _judge(session: Any, host: str, network: NetworkOptions) -> Check:
    chain = _sent(session)
    issuer = chain[0].issuer.rfc4514_string()[:80] if chain else "an authority that is not named"
    says = f"{host}: trusted, issued by {issuer}"
    if network.ca_file is None or not chain:
        return Check(name="tls", says=says)
    own = set(spki_hashes(network.ca_file))
    names = {each.subject for each in x509.load_pem_x509_certificates(network.ca_file.read_bytes())}
    if own & {spki_hash(each) for each in chain}:
        return Check(name="tls", says=f"{says}; the chain holds CA_FILE's authority, so Chromium trusts it, too")
    if not names & {each.issuer for each in chain}:
        return Check(name="tls", says=f"{says}; CA_FILE is not needed for it")
    return Check(
        name="tls",
        says=f"{says}; the server does not send CA_FILE's authority, so Chromium refuses what Scrapy trusts",
        status=CheckStatus.FAIL,
        culprit=Culprit.TLS,
        advice="have the server send its whole chain, root included, or install the authority in the system",
    )


def _sent(session: Any) -> list[x509.Certificate]:
    """Return the certificates that the server sent; public in Python 3.13, private before."""
    inner = session if hasattr(session, "get_unverified_chain") else getattr(session, "_sslobj", None)
    found = inner.get_unverified_chain() if inner is not None else None
    if not found:
        leaf = session.getpeercert(binary_form=True)
        return [x509.load_der_x509_certificate(leaf)] if leaf else []
    raw = [each if isinstance(each, bytes) else ssl.PEM_cert_to_DER_cert(each.public_bytes()) for each in found]
    return [x509.load_der_x509_certificate(each) for each in raw]


def _fail(name: str, says: str, culprit: Culprit) -> Check:
    return Check(name=name, says=says, status=CheckStatus.FAIL, culprit=culprit, advice=advise(culprit))
