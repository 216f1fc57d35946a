"""The spider of Douyin."""

from scraper.crawl.spider import PlatformSpider
from spiders.douyin.platform import Douyin


class DouyinSpider(PlatformSpider):
    """
    Platform
      Douyin, public posts: videos, notes, slides, live photos
    Seeds
      post URLs, share pages, modal_id links, v.douyin.com short links, share texts
    Session
      one anonymous browser visit, kept for many posts, or the user's own cookies; the page's own scripts sign
    Caveats
      an empty answer means that the session is not believed, never that the post is gone
    """

    name = "douyin"
    # PlatformSpider
    platform = Douyin
