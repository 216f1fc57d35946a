"""Guests of the played TikTok: cookies the lab can tell from made-up ones, and the token only page scripts set."""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, unquote

from tests.lab.messages import Ask
from tests.lab.seal import Seal

ROUNDS = 2000
_YEAR = 365 * 86400
_HALF_YEAR = 180 * 86400
_TOKEN_LIFE = 10 * 86400


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """What one page gives to its visitor."""

    nonce: str
    """What the page's script makes the msToken of."""
    chain_token: str
    """What the CDN URLs of the page are bound to."""
    cookies: list[tuple[str, str]]
    """Set-Cookie headers."""


class Guests:
    """Issues and recognises the cookies; holds nothing but a seal."""

    def __init__(self, chain_token: str = "page") -> None:
        self._seal = Seal()
        self._once = chain_token == "once"

    def is_guest(self, ask: Ask) -> bool:
        """Whether the request carries our ttwid and the msToken that belongs to it."""
        ttwid, token = ask.cookies.get("ttwid", ""), ask.cookies.get("msToken", "")
        nonce, _, proof = token.partition("~")
        return self._owns_ttwid(ttwid) and self._owns_nonce(nonce, ttwid, ask.now) and proof == solve(nonce)

    def welcome(self, ask: Ask, *, post: bool = False) -> Welcome:
        """Return what a page gives to its visitor; the page of a *post* renews the chain token, unless it is kept."""
        ttwid, cookies = ask.cookies.get("ttwid", ""), []
        if not self._owns_ttwid(ttwid):
            ttwid = self._new_ttwid(ask.now)
            cookies.append(_cookie("ttwid", ttwid, _YEAR, "HttpOnly; SameSite=None"))
        if "tt_csrf_token" not in ask.cookies:
            cookies.append(
                ("Set-Cookie", f"tt_csrf_token={secrets.token_urlsafe(15)}; Path=/; Secure; HttpOnly; SameSite=Lax")
            )
        chain = ask.cookies.get("tt_chain_token", "")
        if not self._owns_chain_token(chain) or (post and not self._once):
            chain = self._new_chain_token()
            cookies.append(_cookie("tt_chain_token", f'"{chain}"', _HALF_YEAR, "HttpOnly"))
        return Welcome(nonce=self._new_nonce(ttwid, ask.now), chain_token=chain, cookies=cookies)

    def _owns_chain_token(self, token: str) -> bool:
        try:
            raw = base64.b64decode(token, validate=True)
        except ValueError:
            return False
        return len(raw) == 16 and raw[8:] == self._seal.mac(raw[:8])[:8]

    def _new_chain_token(self) -> str:
        raw = secrets.token_bytes(8)
        return base64.b64encode(raw + self._seal.mac(raw)[:8]).decode()

    def _new_ttwid(self, now: float) -> str:
        body = f"1|{secrets.token_urlsafe(32)}|{int(now)}"
        return quote(f"{body}|{self._seal.mac(body.encode()).hex()}", safe="")

    def _owns_ttwid(self, ttwid: str) -> bool:
        body, _, mac = unquote(ttwid).rpartition("|")
        return mac == self._seal.mac(body.encode()).hex()

    def _new_nonce(self, ttwid: str, now: float) -> str:
        body = f"{int(now):x}.{secrets.token_hex(6)}"
        return f"{body}.{self._seal.mac((body + ttwid).encode()).hex()[:32]}"

    def _owns_nonce(self, nonce: str, ttwid: str, now: float) -> bool:
        body, _, mac = nonce.rpartition(".")
        if mac != self._seal.mac((body + ttwid).encode()).hex()[:32]:
            return False
        return int(body.partition(".")[0], 16) + _TOKEN_LIFE > now


@lru_cache(maxsize=4096)
def solve(nonce: str) -> str:
    """Compute what the page's script computes of *nonce* (by WebCrypto)."""
    return hashlib.pbkdf2_hmac("sha256", nonce.encode(), b"msToken", ROUNDS).hex()


def _cookie(name: str, value: str, age: int, more: str) -> tuple[str, str]:
    return "Set-Cookie", f"{name}={value}; Path=/; Domain=.tiktok.com; Max-Age={age}; Secure; {more}"
