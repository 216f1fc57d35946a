"""Visitors of sister sites: the ttwid, and a nonce whose solution, a cookie, only a page's script computes."""

import hashlib
import secrets
from functools import lru_cache
from urllib.parse import quote, unquote

from tests.lab.messages import Ask
from tests.lab.seal import Seal

YEAR = 365 * 86400
_ROUNDS = 2000
_TOKEN_LIFE = 10 * 86400
# ``solve(nonce)`` by WebCrypto: the same computation as solve() below.
SOLVE = (
    "const solve=async n=>{const e=new TextEncoder,c=crypto.subtle,"
    "k=await c.importKey('raw',e.encode(n),'PBKDF2',false,['deriveBits']),"
    f"b=await c.deriveBits({{name:'PBKDF2',hash:'SHA-256',salt:e.encode('msToken'),iterations:{_ROUNDS}}},k,256);"
    "return n+'~'+[...new Uint8Array(b)].map(x=>x.toString(16).padStart(2,'0')).join('')};"
)
# Reloads the same page, a limited number of times.
AGAIN = "const s=sessionStorage,t=+s.wt||0;if(t<5){s.wt=t+1;location.reload()}"


class Visitors:
    """Issues and recognises the gifts of a page; its only state is a seal."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal

    def new_ttwid(self, now: float) -> str:
        """Return the id of a new visitor."""
        body = f"1|{secrets.token_urlsafe(32)}|{int(now)}"
        return quote(f"{body}|{self._seal.mac(body.encode()).hex()}", safe="")

    def owns_ttwid(self, ttwid: str) -> bool:
        """Whether this lab issued *ttwid*."""
        body, _, mac = unquote(ttwid).rpartition("|")
        return mac == self._seal.mac(body.encode()).hex()

    def new_nonce(self, ttwid: str, now: float) -> str:
        """Return the text from which the page's script makes the msToken of *ttwid*."""
        body = f"{int(now):x}.{secrets.token_hex(6)}"
        return f"{body}.{self._seal.mac((body + ttwid).encode()).hex()[:32]}"

    def is_guest(self, ask: Ask) -> bool:
        """Whether the request carries our ttwid and the msToken that belongs to it."""
        ttwid, token = ask.cookies.get("ttwid", ""), ask.cookies.get("msToken", "")
        nonce = token.partition("~")[0]
        return self.owns_ttwid(ttwid) and self._owns_nonce(nonce, ttwid, ask.now) and token == solve(nonce)

    def _owns_nonce(self, nonce: str, ttwid: str, now: float) -> bool:
        body, _, mac = nonce.rpartition(".")
        if mac != self._seal.mac((body + ttwid).encode()).hex()[:32]:
            return False
        return int(body.partition(".")[0], 16) + _TOKEN_LIFE > now


@lru_cache(maxsize=4096)
def solve(nonce: str) -> str:
    """Return the msToken for *nonce*."""
    return f"{nonce}~{hashlib.pbkdf2_hmac('sha256', nonce.encode(), b'msToken', _ROUNDS).hex()}"
