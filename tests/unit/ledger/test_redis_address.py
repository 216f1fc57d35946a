"""The address of a Redis: what it may say, and that no secret of it is shown."""

import pytest

from scraper.errors import UsageError
from scraper.ledger.redis_address import parse_address


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("redis://[::1", "expected the address of a Redis"),
        ("redis://h:99999/0", "expected the address of a Redis"),
        ("redis://h:6379/abc", "expected the number of a database"),
        ("redis://:12/secretpart@h/0", "is written as %2F"),
        ("redis://:12?secretpart@h/0", "expected no option|is written as"),
        ("redis://h/0?run=a b", "run: expected a name"),
        ("redis://h/0?secretpart=1", "expected no option but run"),
        ("secretpart", "expected redis://"),
    ],
)
def test_a_wrong_address_is_one_line_without_a_secret(address: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        parse_address(address)
    assert "secretpart" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_address_is_shown_without_its_password() -> None:
    address = parse_address("rediss://user:pa%2Fss@host/3?run=november")
    assert (address.url, address.run) == ("rediss://user:pa%2Fss@host/3", "november")
    assert address.shown == "rediss://host:6379/3?run=november"
    assert "pa" not in repr(address)
