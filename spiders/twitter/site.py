"""Twitter/X without a network: its links and its saved answers."""

from scraper.core.answers import Answer
from scraper.platform import Site
from spiders.twitter.links import LINKS, ONION
from spiders.twitter.payload.answer import parse_answer


class Twitter(Site):
    """Twitter/X."""

    name = "twitter"
    title = "Twitter/X"
    links = LINKS
    domains = ("twitter.com", "x.com", "t.co", "twimg.com", ONION)

    def parse_answer(self, text: str) -> Answer:
        """Read a saved answer of any shape."""
        return parse_answer(text)


TWITTER = Twitter()
