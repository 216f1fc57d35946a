"""Douyin without a network: its links and its saved answers."""

from scraper.core.answers import Answer
from scraper.core.cdn import CdnRule, dress
from scraper.platform import Site
from spiders.douyin.links import LINKS
from spiders.douyin.payload.answer import parse_answer

_HOME = "https://www.douyin.com/"
CDN = (
    CdnRule(
        slot="douyin-video",
        hosts=("*.douyinvod.com", "*.zjcdn.com", "www.douyin.com", "*.snssdk.com", "*.amemv.com"),
        referer=_HOME,
    ),
    CdnRule(
        slot="douyin-cdn",
        hosts=("*.douyinpic.com", "*.douyinstatic.com", "*.byteimg.com", "*.pstatp.com"),
        referer=_HOME,
    ),
)


class Douyin(Site):
    """Posts are told apart by what they hold: a link, and ``aweme_type`` too, may call a note a video."""

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
        "snssdk.com",
        "byteimg.com",
        "pstatp.com",
    )
    rented = ("snssdk.com", "byteimg.com", "pstatp.com")

    def parse_answer(self, text: str) -> Answer:
        """Read a saved answer of any shape."""
        answer = parse_answer(text)
        for post in answer.posts:
            dress(post, CDN, {})
        return answer


DOUYIN = Douyin()
