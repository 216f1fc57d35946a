"""The token of the embed endpoint: computed from the post's id, in base 36 as JavaScript writes it."""

import math

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def embed_token(post_id: str) -> str:
    """Return ``((Number(id) / 1e15) * Math.PI).toString(36).replace(/(0+|\\.)/g, '')``."""
    text = to_base36(int(post_id) / 1e15 * math.pi)
    return text.replace("0", "").replace(".", "")


def to_base36(value: float) -> str:
    """Return the shortest fraction that still names this double, as Number.prototype.toString does."""
    whole = int(value)
    fraction, digits = value - whole, list[int]()
    delta = max(math.ulp(value) / 2, math.ulp(0.0))
    while fraction >= delta:
        delta *= 36
        fraction, digit = math.modf(fraction * 36)
        digits.append(int(digit))
        is_up = fraction > 0.5 or (fraction == 0.5 and digits[-1] % 2 == 1)
        if is_up and fraction + delta > 1:
            whole += _round_up(digits)
            break
    return _write(whole) + ("." + "".join(_DIGITS[digit] for digit in digits) if digits else "")


def _round_up(digits: list[int]) -> int:
    """Add one to the last digit; return the carry to the whole number."""
    while digits:
        if digits[-1] < 35:
            digits[-1] += 1
            return 0
        digits.pop()
    return 1


def _write(whole: int) -> str:
    text = ""
    while whole:
        whole, digit = divmod(whole, 36)
        text = _DIGITS[digit] + text
    return text or "0"
