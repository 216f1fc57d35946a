"""Refuse host names that resolve to private addresses: no platform has one."""

import asyncio
import ipaddress
import socket

from aiohttp.abc import ResolveResult
from aiohttp.resolver import ThreadedResolver


class PrivateAddressError(OSError):
    """A host's name resolves to an address that is not public."""


def is_public(address: str) -> bool:
    """Whether *address* (an IP literal) can be on the internet; IPv4 inside IPv6 is judged as IPv4."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return ip.is_global and not ip.is_multicast


class PublicResolver(ThreadedResolver):
    """Resolves names like the system, and refuses those with a private address."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of *host*; raise PrivateAddressError if one of them is private."""
        found = await super().resolve(host, port, family)
        if not all(is_public(result["host"]) for result in found):
            raise PrivateAddressError(f"{host} leads to a private address")
        return found


async def resolve_public(host: str, port: int) -> str:
    """Return a public address of *host*; raise OSError if there is none, or if one is private."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses or not all(is_public(address) for address in addresses):
        raise PrivateAddressError(f"{host} leads to a private address")
    return addresses[0]
