"""Posts a second of X beside Scrapy alone, which downloads the same answers and does nothing with them."""

import json
import re
from collections.abc import Collection
from statistics import median

from tests.bench.figure import Figure, Group
from tests.bench.posts import ROUTES, crawl, open_many, read_rate
from tests.bench.processes import open_folder, python
from tests.lab.log import Record
from tests.lab.process import LabProcess

_KEY = "posts_vs_bare_scrapy"
_PLATFORM = "twitter"
_POSTS = 2000
_ROUNDS = 3


def measure(wanted: Collection[str]) -> list[Figure]:
    ours, peer = [], []
    with open_many(_POSTS, 0) as lab:
        for _ in range(_ROUNDS):
            ours.append(crawl(lab, 0, _PLATFORM).rate)
            peer.append(_bare(lab))
    rounds = ", ".join(f"{a:.0f}:{b:.0f}" for a, b in zip(ours, peer, strict=True))
    note = f"{_POSTS} answers; rounds {rounds}"
    return [Figure(key=_KEY, value=median(ours), unit="posts/s", peer="Scrapy", peer_value=median(peer), note=note)]


def _bare(lab: LabProcess) -> float:
    """Return the answers a second of Scrapy alone, which repeats the requests of the crawl before it."""
    pattern = ROUTES[_PLATFORM].ours
    urls = [_url(record) for record in lab.log() if re.search(pattern, _url(record))]
    lab.reset()
    with open_folder() as folder:
        path = folder / "task.json"
        path.write_text(json.dumps({"urls": urls, "proxy": lab.proxy, "ca_file": str(lab.ca_file)}))
        done = int(python("tests.bench.bare_spider", str(path), folder=folder, timeout=60))
    return read_rate(lab.log(), 0, max(done, _POSTS), pattern)


def _url(record: Record) -> str:
    return f"https://{record.host}{record.target}"


GROUP = Group((_KEY,), measure)
