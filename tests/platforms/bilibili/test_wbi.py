"""The signature of Bilibili's queries, by its public test vector."""

import pytest

from spiders.bilibili.wbi import mixin_key, sign

IMG = "https://i0.hdslb.com/bfs/wbi/7cd084941338484aae1ad9425b84077c.png"
SUB = "https://i0.hdslb.com/bfs/wbi/4932caff0ff746eab6f01bf08b70ac45.png"


def test_the_key_of_the_day() -> None:
    assert mixin_key(IMG, SUB) == "ea1db124af3c7062474693fa704f4ff8"


def test_a_query_is_signed() -> None:
    query = sign({"foo": "114", "bar": 514, "zab": 1919810}, mixin_key(IMG, SUB), 1702204169.9)
    assert query == "bar=514&foo=114&wts=1702204169&zab=1919810&w_rid=8f6f2b5b3d485fe1886cec6a0be8c5d4"


def test_some_characters_are_dropped_and_a_space_is_no_plus() -> None:
    assert sign({"a": "x (y)!*'", "b": "ü"}, "k" * 32, 1).startswith("a=x%20y&b=%C3%BC&wts=1&w_rid=")


@pytest.mark.parametrize("url", ["", "https://i0.hdslb.com/bfs/wbi/short.png"])
def test_what_is_no_key_is_said(url: str) -> None:
    with pytest.raises(ValueError, match="two keys"):
        mixin_key(url, SUB)
