"""Any link of any platform in one crawl."""

from scraper.crawl.spider import PlatformSpider


class HybridSpider(PlatformSpider):
    """
    Platform
      all of them, each with its own pace, delays and sessions
    Seeds
      links of any platform, share texts, lists of both
    Session
      as each platform wants, minted only for those that occur
    Caveats
      a platform that is paused does not hold the others back
    """

    name = "hybrid"
