"""Douyin without a network: its links and its saved answers."""

from scraper.core.answers import Answer
from scraper.platform import Site
from spiders.douyin.links import LINKS
from spiders.douyin.payload.answer import parse_answer


class Douyin(Site):
    """Douyin."""

    name = "douyin"
    title = "Douyin"
    links = LINKS
    domains = (
        "douyin.com",
        "iesdouyin.com",
        "douyinvod.com",
        "douyinpic.com",
        "amemv.com",
        "douyincdn.com",
        "douyinstatic.com",
        "zjcdn.com",
    )

    def parse_answer(self, text: str) -> Answer:
        """Read a saved answer of any shape."""
        return parse_answer(text)


DOUYIN = Douyin()
