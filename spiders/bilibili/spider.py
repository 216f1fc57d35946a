"""The spider of Bilibili."""

from scraper.crawl.spider import PlatformSpider
from spiders.bilibili.platform import Bilibili


class BilibiliSpider(PlatformSpider):
    """
    Platform
      Bilibili: videos with all their parts, episodes, songs, posts with pictures
    Seeds
      links of videos, episodes, songs and posts, BV and av numbers, b23.tv short links, share texts
    Session
      one anonymous browser visit, kept for many posts; the user's own cookies go before it
    Caveats
      a guest gets up to 480p or 1080p, as the author allows; what a login would add is a warning
    """

    name = "bilibili"
    # PlatformSpider
    platform = Bilibili
