"""Links for seed lists, and lists of them."""

import csv
import io
from collections.abc import Iterator

from scraper.model.seed import Seed
from scraper.platform.registry import load, recogniser

KNOWN = recogniser(load(("spiders",)).values())
ONE, TWO, SHORT = "https://x.com/a/status/1", "https://www.tiktok.com/@b/video/2", "https://vm.tiktok.com/ZMabc123/"
LINKS = [ONE, TWO, SHORT]


def sheet(delimiter: str = ",", heading: tuple[str, ...] = ("title", "Share URL", "views"), end: str = "\r\n") -> str:
    file = io.StringIO()
    rows = csv.writer(file, delimiter=delimiter, lineterminator=end)
    rows.writerow(heading)
    rows.writerows([f'a, b; "c"\nof {place}', link, "1,5"] for place, link in enumerate(LINKS))
    return file.getvalue()


def texts(seeds: Iterator[Seed]) -> list[str]:
    return [seed.text for seed in seeds]
