"""Seeds for a ledger, and the steps that a worker takes with them."""

from typing import Any

from scraper.links.recogniser import Recogniser
from scraper.model.ref import Ref
from scraper.model.seed import Seed
from spiders.tiktok.links import LINKS

RECOGNISER = Recogniser({"tiktok": LINKS}, {"tiktok": ["tiktok.com"]})
KEY = "tiktok:ref:7"


def seed(line: int, n: int = 1, platform: str = "tiktok") -> Seed:
    ref = Ref(platform=platform, kind="video", id=f"{line}", url=f"https://www.{platform}.com/{line}")
    return Seed(id=f"{line}.{n}", line=line, text=ref.url, ref=ref, platform=platform)


def lease_ids(ledger: Any, limit: int = 99, platform: str = "tiktok") -> list[str]:
    return [lease.seed.id for lease in ledger.lease(platform, limit, 60.0)]


def settle(ledger: Any, seed_id: str, code: int = 200, offset: int = 0) -> None:
    ledger.settle(seed_id, code=code, error=None if code == 200 else "removed", offset=offset, end=offset + 10)
