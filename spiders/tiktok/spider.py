"""The spider of TikTok."""

from scraper.crawl.spider import PlatformSpider
from spiders.tiktok.platform import TikTok


class TikTokSpider(PlatformSpider):
    """
    Platform
      TikTok, public posts (video and photo)
    Seeds
      post URLs, embed and share URLs, vm./vt./t short links, share texts
    Session
      one anonymous browser visit, kept for many posts; the user's own cookies go before it
    Caveats
      an unavailable post answers 200 with a status code in the body
    """

    name = "tiktok"
    # PlatformSpider
    platform = TikTok
