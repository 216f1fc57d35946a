"""A crawl of the lab's posts of one platform, with the lab's log of requests, by the names of the posts."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lab.catalog import LabPost
from tests.lab.log import Record
from tests.lab.process import LabProcess
from tests.support.crawling import Crawl, crawl


@dataclass(frozen=True, slots=True)
class Played:
    """The results of one crawl, here and in the lab."""

    run: Crawl
    log: list[Record]
    posts: Mapping[str, LabPost]
    """The lab's posts, by name."""

    def end(self, name: str) -> dict[str, Any]:
        """Return the envelope of a post."""
        return self.run.by_url[self.posts[name].url]

    def record(self, name: str) -> dict[str, Any]:
        """Return the record of a post; a post that repeats another one has no record."""
        seed = self.end(name)["seed"]
        return next(post for post in self.run.posts if post["seed"] == seed)

    def file(self, name: str, index: int = 1) -> dict[str, Any]:
        """Return the only file of medium *index* of a post."""
        (file,) = next(medium for medium in self.record(name)["media"] if medium["index"] == index)["files"]
        found: dict[str, Any] = file
        return found

    def path(self, name: str, index: int = 1) -> Path:
        """Return the path of that file."""
        path: str = self.file(name, index)["path"]
        return self.run.folder / path

    def asked(self, pattern: str) -> list[Record]:
        """Return the requests whose URL contains *pattern*."""
        return [record for record in self.log if re.search(pattern, record.url)]


def play(
    lab: LabProcess,
    folder: Path,
    spider: str,
    posts: Mapping[str, LabPost],
    seeds: Iterable[str],
    *faults: str,
    **settings: Any,
) -> Played:
    """Crawl *seeds*, lines of a list or names of *posts*, with *faults* set; fail for a request to an unknown host."""
    lines = [posts[seed].url if seed in posts else seed for seed in seeds]
    lab.reset()
    lab.set_faults(*faults)
    done = crawl(lab, folder, "-a", "seeds=-", spider=spider, stdin="\n".join(lines), **settings)
    log, refused = lab.log(), lab.refused()
    lab.reset()
    assert refused == []
    return Played(done, log, posts)
