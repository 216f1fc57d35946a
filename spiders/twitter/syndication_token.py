"""The token that X's embeds send with a post's id. Pure: a function of the id alone."""

from math import floor, fmod, nextafter, pi

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_SMALLEST = nextafter(0.0, 1.0)


def syndication_token(post_id: str) -> str:
    """Return the ``token`` of ``cdn.syndication.twimg.com/tweet-result`` for *post_id*, as the embed's script does."""
    number = float(int(post_id)) / 1e15 * pi
    return to_radix(number, 36).replace("0", "").replace(".", "")


def to_radix(value: float, radix: int) -> str:
    """Write 0 <= *value* < 2**53 as JavaScript's ``toString(radix)``: the fewest digits that give the same double."""
    whole = float(floor(value))
    error = max(0.5 * (nextafter(value, float("inf")) - value), _SMALLEST)
    digits = _fraction(value - whole, error, radix)
    return _whole(whole, radix) + ("." if digits else "") + "".join(_DIGITS[digit] for digit in digits)


def _fraction(rest: float, error: float, radix: int) -> list[int]:
    """Return the digits after the point; *error* is the allowed deviation of the value they write."""
    digits: list[int] = []
    while rest >= error:
        rest *= radix
        error *= radix
        digit = int(rest)
        digits.append(digit)
        rest -= digit
        if (rest > 0.5 or (rest == 0.5 and digit & 1)) and rest + error > 1:
            return _round_up(digits, radix)
    return digits


def _round_up(digits: list[int], radix: int) -> list[int]:
    """Return *digits* with the last one increased; they never reach 1, as no double is half a step from a whole."""
    while digits[-1] == radix - 1:
        digits.pop()
    return [*digits[:-1], digits[-1] + 1]


def _whole(value: float, radix: int) -> str:
    written = ""
    while True:
        digit = fmod(value, radix)
        written = _DIGITS[int(digit)] + written
        value = (value - digit) / radix
        if value <= 0:
            return written
