"""Bilibili's WBI signature, which its open APIs require for some queries (BILIBILI_WBI=1). Pure."""

from collections.abc import Mapping
from hashlib import md5
from urllib.parse import quote, urlencode

_ORDER = (
    46, 47, 18, 2, 53, 8, 23, 32, 15, 50, 10, 31, 58, 3, 45, 35, 27, 43, 5, 49, 33, 9, 42, 19, 29, 28, 14, 39, 12, 38,
    41, 13,
)  # fmt: skip
"""Positions in both keys, in this order, of the characters of the key of the day (docs/platforms.md)."""
_DROPPED = str.maketrans("", "", "!'()*")


def mixin_key(img_key: str, sub_key: str) -> str:
    """Return the key of the day from the two public keys of 32 characters in ``x/web-interface/nav``."""
    keys = img_key + sub_key
    return "".join(keys[place] for place in _ORDER)


def sign(params: Mapping[str, str | int], key: str, now: float) -> str:
    """Return the query of *params* with its ``wts`` (unix seconds) and ``w_rid``."""
    values = {name: str(value).translate(_DROPPED) for name, value in params.items()} | {"wts": str(int(now))}
    query = urlencode(sorted(values.items()), quote_via=quote)
    return f"{query}&w_rid={md5((query + key).encode(), usedforsecurity=False).hexdigest()}"
