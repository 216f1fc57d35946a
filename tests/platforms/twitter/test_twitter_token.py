"""The embed's token, and JavaScript's way to write a fraction in another base."""

import math

import pytest

from spiders.twitter.syndication_token import syndication_token, to_radix


@pytest.mark.parametrize(
    ("post_id", "token"),
    [
        ("20", "6dq1a2xwd93"),
        ("665052190608723968", "1m1bmpg2m2t"),
        ("1577855540407197696", "3toz99oivuy"),
        ("2001950365332455490", "4upb92tr14x"),
    ],
)
def test_token_is_what_the_embed_sends(post_id: str, token: str) -> None:
    assert syndication_token(post_id) == token


@pytest.mark.parametrize(
    ("value", "radix", "written"),
    [
        (0.0, 36, "0"),
        (35.0, 36, "z"),
        (36.0, 36, "10"),
        (0.5, 36, "0.i"),
        (0.1, 2, "0.0001100110011001100110011001100110011001100110011001101"),
        (0.1, 36, "0.3lllllllllm"),
        (255.255, 16, "ff.4147ae147ae"),
        (math.pi, 36, "3.53i5ab8p5f"),
        (35.99999999999999, 36, "z.zzzzzzzzz"),
        (0.9999999999999999, 3, "0." + "2" * 33),
        (1 - 2**-53, 2, "0." + "1" * 53),
    ],
)
def test_fraction_is_written_as_javascript_does(value: float, radix: int, written: str) -> None:
    assert to_radix(value, radix) == written
