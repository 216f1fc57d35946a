"""Twitter/X as the lab plays it: its pages, its short links, its embed endpoint, its guest API, its media servers."""

from tests.lab.messages import Ask, Reply, redirect
from tests.lab.twitter.cdn import HOSTS as CDN_HOSTS
from tests.lab.twitter.cdn import Cdn
from tests.lab.twitter.embed import HOST as EMBED_HOST
from tests.lab.twitter.embed import Embed
from tests.lab.twitter.graphql import GraphQL
from tests.lab.twitter.guests import GuestRules, Guests
from tests.lab.twitter.pages import dead_link, lead_on, shell
from tests.lab.twitter.posts import Posts
from tests.lab.twitter.refusals import refuse

_SITE = ("x.com", "twitter.com")
_OTHERS = tuple(f"{name}.{site}" for site in _SITE for name in ("www", "mobile", "m"))
_API = ("api.x.com", "api.twitter.com")
_SHORT = "t.co"
_WARNING = "/safety/unsafe_link_warning"
"""The one page that the old name of the site still serves itself."""


class Twitter:
    """Answers for every host of the platform."""

    hosts = (*_SITE, *_OTHERS, *_API, _SHORT, EMBED_HOST, *CDN_HOSTS)

    def __init__(self, *, rules: GuestRules | None = None, features: tuple[str, ...] = (), many: int = 0) -> None:
        self._cdn = Cdn()
        self._posts = Posts(self._cdn, many)
        self._guests = Guests(rules or GuestRules())
        self._embed = Embed(self._posts)
        self._graphql = GraphQL(self._posts, self._guests, features)

    def answer(self, ask: Ask) -> Reply:
        """Answer one request."""
        if ask.host in CDN_HOSTS:
            return self._cdn.answer(ask)
        if ask.host == EMBED_HOST:
            return self._embed.answer(ask)
        if ask.host in _API:
            return self._api(ask)
        if ask.host == _SHORT:
            target = self._posts.links.get(_SHORT + ask.path)
            return dead_link() if target is None else lead_on(target, ask.user_agent)
        if ask.host in _SITE and ask.path.startswith("/i/api/"):
            return self._api(ask)
        if ask.host != "x.com" and not (ask.host in _SITE and ask.path == _WARNING):
            return redirect(f"https://x.com{ask.target}", 301)
        return shell(self._guests.issue(ask.now))

    def _api(self, ask: Ask) -> Reply:
        """Answer a call."""
        if "/graphql/" in ask.path:
            return self._graphql.answer(ask)
        if ask.path == "/1.1/guest/activate.json":
            return self._graphql.activate(ask)
        return refuse(404, 34, "Sorry, that page does not exist.")
