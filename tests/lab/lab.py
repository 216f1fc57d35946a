"""The lab as an object: start it, read its address, stop it."""

import asyncio
import json
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from tests.lab import media
from tests.lab.authority import make_context
from tests.lab.bilibili.site import Bilibili
from tests.lab.catalog import MANY, load_posts, many_post
from tests.lab.douyin.site import Douyin
from tests.lab.faults import Faults, parse_fault, parse_rate
from tests.lab.lists import Lists
from tests.lab.log import dump
from tests.lab.proxy import Proxy, read_specs
from tests.lab.server import Platform, Server
from tests.lab.tiktok.site import TikTok
from tests.lab.twitter.guests import GuestRules
from tests.lab.twitter.site import Twitter


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The behaviour of the lab, one field for each option of ``python -m tests.lab``."""

    port: int = 0
    latency: float = 0.0
    """Seconds before any answer."""
    chain_token: str = "page"
    """``page`` or ``once``: the frequency with which TikTok renews tt_chain_token."""
    guest_rules: GuestRules = field(default_factory=GuestRules)
    """Rules of X's guest tokens."""
    features: tuple[str, ...] = ()
    """Features that X's GraphQL demands beside the well-known ones."""
    faults: tuple[str, ...] = ()
    rate_faults: tuple[str, ...] = ()
    many: int = 0
    """Number of additional video posts of each platform."""
    list_many: bool = False
    verbose: bool = False


class Lab:
    """A running lab: one port, one authority, one log."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._folder = Path(tempfile.mkdtemp(prefix="lab-"))
        tiktok = TikTok(chain_token=options.chain_token, many=options.many)
        bilibili = Bilibili(many=options.many)
        twitter = Twitter(rules=options.guest_rules, features=options.features, many=options.many)
        douyin = Douyin(many=options.many)
        platforms: list[Platform] = [tiktok, douyin, bilibili, twitter, Lists(_listed())]
        self._server = Server(platforms, self._initial_faults(), latency=options.latency, verbose=options.verbose)
        tls, self._ca_file = make_context(self._server.routes, self._folder)
        self._http = web.Server(self._server.handle, access_log=None, handler_cancellation=True)
        self._proxy = Proxy(
            hosts=self._server.routes,
            tls=tls,
            protocol=self._http,
            control=self._control,
            note=self._server.note,
            dead=bilibili.dead,
            breaks_tls=lambda host: self._server.faults.breaks_tls(host),
        )

    async def start(self) -> None:
        """Make the missing media and open the port."""
        await asyncio.to_thread(media.ensure)
        self._proxy.start(self._options.port)

    async def stop(self) -> None:
        """Close the port and all connections."""
        await self._proxy.stop()
        await self._http.shutdown(timeout=0.5)
        shutil.rmtree(self._folder)

    @property
    def banner(self) -> dict[str, object]:
        """The addresses and options that a program needs to use the lab."""
        posts = [post.public for post in load_posts()]
        if self._options.list_many:
            posts += [many_post(index, platform).public for platform in MANY for index in range(self._options.many)]
        return {"proxy": self._proxy.address, "ca_file": str(self._ca_file), "posts": posts}

    def _initial_faults(self) -> Faults:
        return _read_faults(self._options.faults, self._options.rate_faults)

    def _control(self, method: str, path: str, body: bytes) -> tuple[int, str]:
        """Answer a request to the proxy's own address."""
        if (method, path) == ("GET", "/__lab/log"):
            return 200, dump(self._server.log)
        if (method, path) == ("GET", "/__lab/given"):
            given = self._server.accounts.given
            return 200, json.dumps({name: sorted(pairs) for name, pairs in given.items()})
        if method == "POST" and path.startswith("/__lab/login/"):
            return 200, json.dumps(self._server.accounts.login(path.rpartition("/")[2]))
        if (method, path) == ("POST", "/__lab/logout"):
            self._server.accounts.logout()
            return 200, "ok\n"
        if (method, path) == ("POST", "/__lab/reset"):
            self._server.log.clear()
            self._server.faults = self._initial_faults()
            return 200, "ok\n"
        if (method, path) == ("POST", "/__lab/faults"):
            try:
                self._server.faults = _read_faults(*read_specs(body))
            except (ValueError, TypeError, AttributeError) as error:
                return 400, f"{error}\n"
            return 200, "ok\n"
        return 404, "GET /__lab/log or given, POST /__lab/faults, reset, login/PLATFORM or logout\n"


def _listed() -> list[str]:
    """Return the two links of the seed list."""
    return [post.url for post in load_posts() if (post.platform, post.outcome) == ("twitter", "ok")][-2:]


def _read_faults(faults: Iterable[str], rate: Iterable[str]) -> Faults:
    return Faults([*map(parse_fault, faults), *map(parse_rate, rate)])
