"""Twitter/X without a network: its links and its saved answers."""

from scraper.core.answers import Answer
from scraper.core.cdn import CdnRule, dress
from scraper.platform import Site
from spiders.twitter.links import LINKS, ONION
from spiders.twitter.payload.answer import parse_answer

CDN = (
    # No Referer at all: since December 2025 a foreign one is answered with 403 (react-tweet issue 212).
    CdnRule(slot="twitter-video", hosts=("video.twimg.com",)),
    CdnRule(slot="twitter-image", hosts=("pbs.twimg.com",)),
)


class Twitter(Site):
    """Media addresses are neither signed nor bound to anybody; what is refused is refused with status 200."""

    name = "twitter"
    title = "Twitter/X"
    links = LINKS
    domains = ("twitter.com", "x.com", "t.co", "twimg.com", ONION)

    def parse_answer(self, text: str) -> Answer:
        """Read a saved answer of any shape."""
        answer = parse_answer(text)
        for post in answer.posts:
            dress(post, CDN, {})
        return answer


TWITTER = Twitter()
