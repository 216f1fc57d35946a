"""Guests of the played Bilibili: buvid3 by Set-Cookie, buvid4 and the rest by the page's script."""

import base64
import re
import secrets
from urllib.parse import unquote

from tests.lab.messages import Ask
from tests.lab.seal import Seal

_YEAR = 365 * 86400
_VISIT = re.compile(r"[0-9A-F]{8}_([0-9A-F]{11})")
_UUID = re.compile(r"[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12,}\d*infoc")
_VISIT_LIFE = 30 * 86400
# The work of the page's own script for a guest: ids of this visit, and buvid4 from the API.
SCRIPT = (
    "const h=n=>[...crypto.getRandomValues(new Uint8Array(n))].map(x=>x.toString(16).padStart(2,'0')).join('')"
    ".toUpperCase(),u=()=>[4,2,2,2,6].map(h).join('-'),d=';path=/;domain=.bilibili.com',y=d+';max-age=31536000',"
    "c=document.cookie;"
    "if(!c.includes('b_lsid='))document.cookie='b_lsid='+h(4)+'_'+Date.now().toString(16).toUpperCase()+d;"
    "if(!c.includes('_uuid='))document.cookie='_uuid='+u()+String(Date.now()%1e5).padStart(5,'0')+'infoc'+y;"
    "if(!c.includes('buvid_fp='))document.cookie='buvid_fp='+h(16).toLowerCase()+y;"
    "if(!c.includes('buvid4='))fetch('https://api.bilibili.com/x/frontend/finger/spi',{credentials:'include'})"
    ".then(r=>r.json()).then(r=>{document.cookie='buvid4='+encodeURIComponent(r.data.b_4)+y}).catch(()=>0);"
)


class Guests:
    """Issues and recognises the cookies."""

    def __init__(self) -> None:
        self._seal = Seal()

    def refuse(self, ask: Ask) -> str:
        """Return the reason why this client gets no page, or an empty text."""
        buvid3 = ask.cookies.get("buvid3", "")
        if not ask.user_agent.startswith("Mozilla/5.0 "):
            return "user agent"
        if not self._owns(buvid3):
            return "buvid3" if buvid3 else "no buvid3"
        if self._partner(buvid3) not in unquote(ask.cookies.get("buvid4", "")):
            return "buvid4 of this buvid3"
        if not _UUID.fullmatch(ask.cookies.get("_uuid", "")):
            return "_uuid"
        visit = _VISIT.fullmatch(ask.cookies.get("b_lsid", ""))
        return "" if visit and abs(int(visit[1], 16) / 1000 - ask.now) < _VISIT_LIFE else "b_lsid"

    def welcome(self, ask: Ask) -> list[tuple[str, str]]:
        """Return the Set-Cookie headers of a page."""
        if self._owns(ask.cookies.get("buvid3", "")):
            return []
        tail = f"path=/; expires=Thu, 31 Dec 2037 23:59:59 GMT; max-age={_YEAR}; domain=.bilibili.com"
        return [("Set-Cookie", f"buvid3={self._new()}; {tail}"), ("Set-Cookie", f"b_nut={int(ask.now)}; {tail}")]

    def spi(self, ask: Ask) -> dict[str, str]:
        """Return the answer of finger/spi: the buvid3 of the visitor or a new one, and its buvid4."""
        buvid3 = ask.cookies.get("buvid3", "")
        if not self._owns(buvid3):
            buvid3 = self._new()
        stamp = f"{int(ask.now) % 100_000:05}-025080615-"
        return {
            "b_3": buvid3,
            "b_4": f"{self._partner(buvid3)}{stamp}{base64.b64encode(secrets.token_bytes(16)).decode()}",
        }

    def _new(self) -> str:
        raw = secrets.token_bytes(8)
        return f"{_uuid(raw + self._seal.mac(raw)[:8])}{secrets.randbelow(100_000):05}infoc"

    def _owns(self, buvid3: str) -> bool:
        if not _UUID.fullmatch(buvid3):
            return False
        raw = bytes.fromhex(buvid3[:36].replace("-", ""))
        return raw[8:] == self._seal.mac(raw[:8])[:8]

    def _partner(self, buvid3: str) -> str:
        return _uuid(self._seal.mac(buvid3.encode())[:16])


def _uuid(raw: bytes) -> str:
    text = raw.hex().upper()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:32]))
