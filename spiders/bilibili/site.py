"""Bilibili without a network: its links and its saved answers."""

from scraper.core.answers import Answer
from scraper.core.cdn import CdnRule, dress, dress_media
from scraper.platform import Site
from spiders.bilibili.links import IDS, LINKS
from spiders.bilibili.payload.answer import parse_answer

_HOME = "https://www.bilibili.com/"
CDN = (
    CdnRule(slot="bilibili-video", hosts=("*.bilivideo.com", "*.bilivideo.cn", "*.akamaized.net"), referer=_HOME),
    CdnRule(slot="bilibili-image", hosts=("*.hdslb.com", "*.biliimg.com")),
)


class Bilibili(Site):
    """A post is put together from several answers: what describes it, and what each of its parts plays."""

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
        "biliimg.com",
        "akamaized.net",
        "bilibili.tv",
        "biliintl.com",
    )
    rented = ("akamaized.net",)

    def parse_answer(self, text: str) -> Answer:
        """Read a saved answer of any shape."""
        answer = parse_answer(text)
        for post in answer.posts:
            dress(post, CDN, {})
        if answer.fragment is not None:
            dress_media(answer.fragment.media or (), CDN, _HOME, {})
        return answer


BILIBILI = Bilibili()
