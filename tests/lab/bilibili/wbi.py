"""The signature of the API's signed calls: keys of the day, and the check of w_rid."""

import hashlib
from urllib.parse import quote

from tests.lab.messages import Ask
from tests.lab.seal import Seal

_ORDER = (
    "46,47,18,2,53,8,23,32,15,50,10,31,58,3,45,35,27,43,5,49,33,9,42,19,29,28,14,39,12,38,41,13,"
    "37,48,7,16,24,55,40,61,26,17,0,1,60,51,30,4,22,25,54,21,56,59,6,63,57,62,11,36,20,34,44,52"
)
_LEFT_OUT = str.maketrans("", "", "!'()*")
_DAY = 86400
_TOLERANCE = 600


class Wbi:
    """The keys of the day."""

    def __init__(self) -> None:
        self._seal = Seal()

    def keys(self, now: float) -> tuple[str, str]:
        """Return the two keys; nav gives them as file names."""
        text = self._seal.mac(str(int(now) // _DAY).encode()).hex()
        return text[:32], text[32:]

    def image(self, now: float) -> dict[str, str]:
        """Return nav's ``wbi_img``."""
        img, sub = (f"https://i0.hdslb.com/bfs/wbi/{key}.png" for key in self.keys(now))
        return {"img_url": img, "sub_url": sub}

    def refuse(self, ask: Ask) -> str:
        """Return the fault of the call's signature: ``unsigned``, ``w_rid``, ``wts``; or an empty text."""
        query = ask.query
        given = query.pop("w_rid", "")
        if not given or "wts" not in query:
            return "unsigned"
        if given != sign(query, *self.keys(ask.now)):
            return "w_rid"
        return "" if query["wts"].isdigit() and abs(int(query["wts"]) - ask.now) < _TOLERANCE else "wts"


def sign(query: dict[str, str], img: str, sub: str) -> str:
    """Return the w_rid of *query*."""
    both = img + sub
    mixin = "".join(both[int(place)] for place in _ORDER.split(","))[:32]
    pairs = (f"{quote(name, safe='')}={quote(query[name].translate(_LEFT_OUT), safe='')}" for name in sorted(query))
    return hashlib.md5(f"{'&'.join(pairs)}{mixin}".encode(), usedforsecurity=False).hexdigest()
