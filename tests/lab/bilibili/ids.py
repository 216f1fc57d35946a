"""Numbers of videos: every video has an av number and a BV id with the same meaning."""

_ALPHABET = "FcwAPNKTMug3GV5Lj7EJnHpWsx4tb8haYeviqBz6rkCy12mUSDQX9RdoZf"
_XOR = 23_442_827_791_579
_TOP = 1 << 51


def to_bvid(aid: int) -> str:
    """Return the BV id of an av number."""
    rest, digits = (_TOP | aid) ^ _XOR, ""
    for _ in range(9):
        rest, digit = divmod(rest, 58)
        digits = _ALPHABET[digit] + digits
    return _swap(f"BV1{digits}")


def to_aid(bvid: str) -> int:
    """Return the av number of a BV id; raise ValueError for any other text."""
    number = 0
    for digit in _swap(bvid)[3:]:
        number = number * 58 + _ALPHABET.index(digit)
    return (number & (_TOP - 1)) ^ _XOR


def _swap(bvid: str) -> str:
    """Exchange the two pairs of swapped digits."""
    digits = list(bvid)
    digits[3], digits[9] = digits[9], digits[3]
    digits[4], digits[7] = digits[7], digits[4]
    return "".join(digits)
