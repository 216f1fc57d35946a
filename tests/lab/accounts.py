"""Accounts of users on the played platforms, and the owners of the cookies that the lab gave."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.lab.messages import Ask, Reply

MARKERS = {"tiktok": "sessionid", "douyin": "sessionid", "bilibili": "SESSDATA", "twitter": "auth_token"}
"""The cookie that a login sets."""
_MORE = {"tiktok": ("sid_tt",), "douyin": (), "bilibili": ("bili_jct", "DedeUserID"), "twitter": ("ct0",)}


@dataclass(slots=True)
class Accounts:
    """Logs in and out; remembers each cookie value and token that the lab gave or received, by platform."""

    given: dict[str, set[tuple[str, str]]] = field(default_factory=lambda: {name: set() for name in MARKERS})
    """Name and value, by platform."""
    _live: set[str] = field(default_factory=set)
    _dead: set[str] = field(default_factory=set)

    def login(self, platform: str) -> dict[str, str]:
        """Return the cookies of a new account."""
        cookies = {name: secrets.token_hex(16) for name in (MARKERS[platform], *_MORE[platform])}
        self._live.add(cookies[MARKERS[platform]])
        self.given[platform] |= set(cookies.items())
        return cookies

    def logout(self) -> None:
        """End all logins."""
        self._dead |= self._live
        self._live.clear()

    def judge(self, platform: str, ask: Ask) -> str:
        """Return ``live`` or ``dead`` for a request with an account's cookie, an empty text for a guest's."""
        value = ask.cookies.get(MARKERS.get(platform, ""), "")
        return "live" if value in self._live else "dead" if value else ""

    def foreign(self, platform: str, cookies: Mapping[str, str]) -> list[str]:
        """Return the names of *cookies* that another platform gave."""
        others = {pair for name, pairs in self.given.items() if name != platform for pair in pairs}
        return [name for name, value in cookies.items() if len(value) >= 8 and (name, value) in others]

    def note(self, platform: str, ask: Ask, reply: Reply) -> None:
        """Remember the cookies and tokens that *ask* brought and *reply* gives."""
        known = self.given.setdefault(platform, set())
        known |= set(ask.cookies.items())
        for name, value in reply.headers:
            if name == "Set-Cookie":
                cookie, _, text = value.partition(";")[0].partition("=")
                known.add((cookie, text.strip('"')))
        if reply.body.startswith(b'{"guest_token"'):
            known.add(("guest_token", json.loads(reply.body)["guest_token"]))
