"""Bilibili without a network: its links and its saved answers."""

from scraper.core.answers import Answer
from scraper.platform import Site
from spiders.bilibili.links import IDS, LINKS
from spiders.bilibili.payload.answer import parse_answer


class Bilibili(Site):
    """Bilibili."""

    name = "bilibili"
    title = "Bilibili"
    links = LINKS
    ids = IDS
    domains = (
        "bilibili.com",
        "b23.tv",
        "bili2233.cn",
        "bili22.cn",
        "bili23.cn",
        "bili33.cn",
        "bilivideo.com",
        "bilivideo.cn",
        "hdslb.com",
        "akamaized.net",
        "bilibili.tv",
        "biliintl.com",
    )
    rented = ("akamaized.net",)

    def parse_answer(self, text: str) -> Answer:
        """Read a saved answer of any shape."""
        return parse_answer(text)


BILIBILI = Bilibili()
