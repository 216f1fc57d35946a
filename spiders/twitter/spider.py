"""The spider of Twitter."""

from scraper.crawl.spider import PlatformSpider
from spiders.twitter.platform import Twitter


class TwitterSpider(PlatformSpider):
    """
    Platform
      Twitter/X, public posts with photos, videos and GIFs
    Seeds
      post URLs, embeds, mirror hosts, t.co short links
    Session
      none for most posts; for those that the embed does not show a guest token, or the user's own cookies
    Caveats
      a post of text alone ends as no_media; media of a quoted post keep their owner
    """

    name = "twitter"
    # PlatformSpider
    platform = Twitter
