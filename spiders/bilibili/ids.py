"""The two ids of one video: BV (the public one) and av (the number)."""

from __future__ import annotations

import re

_ALPHABET = "FcwAPNKTMug3GV5Lj7EJnHpWsx4tb8haYeviqBz6rkCy12mUSDQX9RdoZf"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_XOR = 23442827791579
_TOP = 1 << 51
_MASK = _TOP - 1
_BVID = re.compile(r"BV1[1-9A-HJ-NP-Za-km-z]{9}", re.ASCII)


def to_bvid(aid: int) -> str:
    """Write the number of a video as its BV id; raise ValueError for a number that no video can have."""
    if not 0 < aid < _TOP:
        raise ValueError(f"av number: expected 1 to {_MASK}, got {aid}")
    rest = (_TOP | aid) ^ _XOR
    digits: list[str] = []
    for _ in range(9):
        rest, digit = divmod(rest, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(_swap(list("BV1") + digits[::-1]))


def to_aid(bvid: str) -> int:
    """Read the number of a video from its BV id, whose case matters; raise ValueError for other text."""
    if not _BVID.fullmatch(bvid):
        raise ValueError(f"BV id: expected BV1 and nine characters of base 58, got {bvid!r}")
    number = 0
    for character in _swap(list(bvid))[3:]:
        number = number * len(_ALPHABET) + _VALUES[character]
    return (number & _MASK) ^ _XOR


def _swap(characters: list[str]) -> list[str]:
    for one, other in ((3, 9), (4, 7)):
        characters[one], characters[other] = characters[other], characters[one]
    return characters
