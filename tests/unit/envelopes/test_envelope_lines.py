"""Lines of envelopes.jsonl are read as far as they are whole."""

import pytest

from scraper.envelopes.lines import read_envelopes


@pytest.mark.parametrize("bad", [b'{"seed": "2.1", "co', b"\0\0\0\n", b"[]\n", b'{"code": 1}\n', b"\xff\xfe\n"])
def test_a_line_that_is_no_envelope_ends_the_reading(bad: bytes) -> None:
    good = b'{"seed": "1.1", "code": 200}\n'
    assert [(offset, end) for offset, end, _ in read_envelopes([good, bad, good], 5)] == [(5, 5 + len(good))]
