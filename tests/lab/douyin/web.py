"""www.douyin.com: one page for all addresses, the web API, and the addresses that lead to a video."""

import re

from tests.lab.douyin.api import Api
from tests.lab.douyin.cdn import MUSIC_HOSTS, Cdn, Visit
from tests.lab.douyin.guests import Guests
from tests.lab.douyin.markup import app_page, captcha_page, signing_page
from tests.lab.douyin.posts import Posts
from tests.lab.douyin.script import API
from tests.lab.faults import lifetime
from tests.lab.messages import Ask, Reply, page, redirect

_PLAY = re.compile(r"/aweme/v1/(play|playwm)/?")
_PAGES = re.compile(
    r"/|/(?:video|note|slides|gallery|collection|music|hashtag|mix/detail)/\d{1,20}/?"
    r"|/(?:discover|jingxuan|recommend|follow|hot|channel|search|root)(?:/[^/]*)*|/user/[\w\-]+/?"
)


class Web:
    """Answers for the site."""

    def __init__(self, posts: Posts, cdn: Cdn, guests: Guests) -> None:
        self._posts = posts
        self._cdn = cdn
        self._guests = guests
        self._api = Api(posts, guests)

    def answer(self, ask: Ask) -> Reply:
        """Answer one request."""
        if ask.path.startswith(API):
            return self._api.answer(ask)
        if (found := _PLAY.fullmatch(ask.path)) is not None:
            return self.play(ask, found[1])
        if not _PAGES.fullmatch(ask.path):
            return page("", 404, "no such page")
        welcome = self._guests.welcome(ask)
        if ask.fault == "firewall":
            reply = page(signing_page(), note="signing page")
        elif ask.fault == "captcha":
            reply = page(captcha_page())
        else:
            reply = page(app_page(welcome.nonce))
        reply.headers += welcome.cookies
        return reply

    def play(self, ask: Ask, form: str) -> Reply:
        """Redirect to the file of a play address; for a note that is a sound."""
        query = ask.query
        uri = query.get("video_id", "")
        if uri.startswith(tuple(f"https://{host}/" for host in MUSIC_HOSTS)):
            return redirect(uri)
        logo = form == "playwm" or query.get("watermark") == "1"
        thing = self._cdn.find(query.get("file_id", ""))
        if thing is None or logo:
            thing = self._posts.find_file(uri, ratio=query.get("ratio", ""), logo=logo)
        return self._cdn.lead_to(ask, thing, Visit(now=ask.now, lifetime=lifetime(ask.fault)))
