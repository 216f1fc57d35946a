"""The lab's stand-in for the signature of Douyin's web API: the page's script and the lab compute it alike."""

import re
import zlib

LIFE = 300
"""Seconds for which a signature is valid."""
_ROUNDS = 5
_SIGNED = re.compile(r"(?P<rest>[^#]*[?&])a_bogus=(?P<stamp>[0-9a-z]{6,10})\.(?P<hash>[0-9a-f]+)")
# ``sign(url)``: adds msToken, verifyFp, fp and a_bogus to a URL object, as append() below does.
SIGN = (
    "const jar=n=>(document.cookie.match('(?:^|; )'+n+'=([^;]*)')||[])[1]||'',"
    "table=[...Array(256).keys()].map(n=>{for(let k=0;k<8;k++)n=n&1?n>>>1^0xEDB88320:n>>>1;return n>>>0}),"
    "crc=t=>{let c=-1;for(const b of new TextEncoder().encode(t))c=c>>>8^table[(c^b)&255];return(c^-1)>>>0},"
    f"hash=t=>{{let h='';for(let i=0;i<{_ROUNDS};i++){{const c=crc(t).toString(16).padStart(8,'0');h+=c;t=c+t}}return h}},"
    "sign=u=>{const v=jar('s_v_web_id'),s=Date.now().toString(36),"
    "q=(u.search?u.search+'&':'?')+'msToken='+encodeURIComponent(jar('msToken'))+'&verifyFp='+v+'&fp='+v;"
    "u.search=q+'&a_bogus='+s+'.'+hash(u.pathname+q+'&'+v+s)};"
)


def append(target: str, token: str, web_id: str, now: float) -> str:
    """Return *target*, a path with its query, with the signature of a guest at *now*."""
    joint, stamp = "&" if "?" in target else "?", _to_base36(int(now * 1000))
    rest = f"{target}{joint}msToken={token}&verifyFp={web_id}&fp={web_id}"
    return f"{rest}&a_bogus={stamp}.{_hash(f'{rest}&{web_id}{stamp}')}"


def refuse(target: str, web_id: str, now: float) -> str:
    """Return the reason why the signature of *target* is refused, or an empty text."""
    found = _SIGNED.fullmatch(target)
    if found is None:
        return "a_bogus" if "a_bogus=" in target else "no a_bogus"
    if found["hash"] != _hash(f"{found['rest'][:-1]}&{web_id}{found['stamp']}"):
        return "a_bogus"
    return "" if abs(now - int(found["stamp"], 36) / 1000) < LIFE else "stale a_bogus"


def _hash(text: str) -> str:
    made = ""
    for _ in range(_ROUNDS):
        part = f"{zlib.crc32(text.encode()):08x}"
        made += part
        text = part + text
    return made


def _to_base36(number: int) -> str:
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + text
    return text
