"""The signature of Bilibili's queries, by its public test vector."""

from spiders.bilibili.wbi import mixin_key, sign

IMG = "7cd084941338484aae1ad9425b84077c"
SUB = "4932caff0ff746eab6f01bf08b70ac45"


def test_the_key_of_the_day() -> None:
    assert mixin_key(IMG, SUB) == "ea1db124af3c7062474693fa704f4ff8"


def test_a_query_is_signed() -> None:
    query = sign({"foo": "114", "bar": 514, "zab": 1919810}, mixin_key(IMG, SUB), 1702204169.9)
    assert query == "bar=514&foo=114&wts=1702204169&zab=1919810&w_rid=8f6f2b5b3d485fe1886cec6a0be8c5d4"


def test_some_characters_are_dropped_and_a_space_is_no_plus() -> None:
    assert sign({"a": "x (y)!*'", "b": "ü"}, "k" * 32, 1).startswith("a=x%20y&b=%C3%BC&wts=1&w_rid=")

