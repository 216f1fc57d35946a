"""Parts of a seed list for several machines: the link alone determines the part, so all machines agree on it."""

import re
from hashlib import blake2b
from typing import NamedTuple

from scraper.errors import UsageError

_FORM = re.compile(r"\s*(\d{1,6})\s*/\s*(\d{1,6})\s*", re.ASCII)
_SHOWN = 60


class Shard(NamedTuple):
    """The part *number*, from 1, of *total*; each seed is in exactly one part."""

    number: int
    total: int

    def __str__(self) -> str:
        return f"{self.number}/{self.total}"

    def takes(self, canonical: str) -> bool:
        """Whether the seed of this canonical link is in this part."""
        digest = blake2b(canonical.encode("utf-8", "replace"), digest_size=8).digest()
        return int.from_bytes(digest, "big") % self.total == self.number - 1


def read_shard(text: str) -> Shard:
    """Parse ``i/N``; raise UsageError."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise UsageError(f"shard: expected i/N, got {ascii(text)[:_SHOWN]}: write shard=1/4 for the first of four")
    number, total = int(found[1]), int(found[2])
    if not 1 <= number <= total:
        raise UsageError(f"shard: expected a number from 1 to N, got {number}/{total}: the first of four is 1/4")
    return Shard(number, total)
