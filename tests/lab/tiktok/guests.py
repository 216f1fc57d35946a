"""Guests of the played TikTok: cookies that the lab can distinguish from invented ones."""

import base64
import secrets
from dataclasses import dataclass

from tests.lab.messages import Ask
from tests.lab.seal import Seal
from tests.lab.visitors import YEAR, Visitors

_HALF_YEAR = 180 * 86400


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """The gifts of one page to its visitor."""

    nonce: str
    """Text from which the page's script makes the msToken."""
    chain_token: str
    """The cookie to which the CDN URLs of the page are bound."""
    cookies: list[tuple[str, str]]
    """Set-Cookie headers."""


class Guests:
    """Issues and recognises the cookies; its only state is a seal."""

    def __init__(self, chain_token: str = "page") -> None:
        self._seal = Seal()
        self._visitors = Visitors(self._seal)
        self._once = chain_token == "once"

    def is_guest(self, ask: Ask) -> bool:
        """Whether the request carries our ttwid and the msToken that belongs to it."""
        return self._visitors.is_guest(ask)

    def welcome(self, ask: Ask, *, post: bool = False) -> Welcome:
        """Return the gifts of a page to its visitor; the page of a *post* renews the chain token, unless it is kept."""
        ttwid, cookies = ask.cookies.get("ttwid", ""), []
        if not self._visitors.owns_ttwid(ttwid):
            ttwid = self._visitors.new_ttwid(ask.now)
            cookies.append(_cookie("ttwid", ttwid, YEAR, "HttpOnly; SameSite=None"))
        if "tt_csrf_token" not in ask.cookies:
            cookies.append(
                ("Set-Cookie", f"tt_csrf_token={secrets.token_urlsafe(15)}; Path=/; Secure; HttpOnly; SameSite=Lax")
            )
        chain = ask.cookies.get("tt_chain_token", "")
        if not self._owns_chain_token(chain) or (post and not self._once):
            chain = self._new_chain_token()
            cookies.append(_cookie("tt_chain_token", f'"{chain}"', _HALF_YEAR, "HttpOnly"))
        return Welcome(nonce=self._visitors.new_nonce(ttwid, ask.now), chain_token=chain, cookies=cookies)

    def _owns_chain_token(self, token: str) -> bool:
        try:
            raw = base64.b64decode(token, validate=True)
        except ValueError:
            return False
        return len(raw) == 16 and raw[8:] == self._seal.mac(raw[:8])[:8]

    def _new_chain_token(self) -> str:
        raw = secrets.token_bytes(8)
        return base64.b64encode(raw + self._seal.mac(raw)[:8]).decode()


def _cookie(name: str, value: str, age: int, more: str) -> tuple[str, str]:
    return "Set-Cookie", f"{name}={value}; Path=/; Domain=.tiktok.com; Max-Age={age}; Secure; {more}"
