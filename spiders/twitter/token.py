"""The token that X's embeds send with a post's id. Pure: a function of the id alone."""

from math import floor, fmod, nextafter, pi

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_SMALLEST = nextafter(0.0, 1.0)


def syndication_token(post_id: str) -> str:
    """Return the ``token`` of ``cdn.syndication.twimg.com/tweet-result`` for *post_id*, as the embed's script does."""
    number = float(int(post_id)) / 1e15 * pi
    return to_radix(number, 36).replace("0", "").replace(".", "")


def to_radix(value: float, radix: int) -> str:
    """Write 0 <= *value* < 2**53 as JavaScript's ``toString(radix)``: the fewest digits that read back the same."""
    whole = float(floor(value))
    digits, carry = _fraction(value - whole, max(0.5 * (nextafter(value, float("inf")) - value), _SMALLEST), radix)
    point = "." if digits else ""
    return _whole(whole + carry, radix) + point + "".join(_DIGITS[digit] for digit in digits)


def _fraction(rest: float, error: float, radix: int) -> tuple[list[int], int]:
    """Return the digits behind the point, and 1 where rounding runs over into the whole part."""
    digits: list[int] = []
    while rest >= error:
        rest *= radix
        error *= radix
        digit = int(rest)
        digits.append(digit)
        rest -= digit
        if (rest > 0.5 or (rest == 0.5 and digit & 1)) and rest + error > 1:
            return _round_up(digits, radix)
    return digits, 0


def _round_up(digits: list[int], radix: int) -> tuple[list[int], int]:
    while digits:
        digit = digits.pop() + 1
        if digit < radix:
            return [*digits, digit], 0
    return [], 1


def _whole(value: float, radix: int) -> str:
    written = ""
    while True:
        digit = fmod(value, radix)
        written = _DIGITS[int(digit)] + written
        value = (value - digit) / radix
        if value <= 0:
            return written
