"""All posts of the platform in the lab, nested ones too, with their files on the servers."""

from tests.lab.catalog import load_posts, many_post, many_status_index
from tests.lab.twitter.attached import attachments
from tests.lab.twitter.cards import card_media
from tests.lab.twitter.cdn import Cdn
from tests.lab.twitter.people import put_avatar
from tests.lab.twitter.text import find_links, write
from tests.lab.twitter.tweet import Tweet


class Posts:
    """Finds posts by id, and the targets of t.co links."""

    def __init__(self, cdn: Cdn, many: int = 0) -> None:
        self._many = many
        posts = [post for post in load_posts() if post.platform == "twitter"]
        self._tweets = {tweet.id: tweet for post in posts if "author" in post.data for tweet in Tweet.of(post).family}
        self.links = dict(hop for post in posts for hop in post.hops)
        for tweet in (*self._tweets.values(), Tweet.of(many_post(0, "twitter"))):
            self._put(tweet, cdn)

    def find(self, post_id: str) -> Tweet | None:
        """Return the post with this id, None for an unknown id."""
        index = many_status_index(post_id)
        if index is not None and index < self._many:
            return Tweet.of(many_post(index, "twitter"))
        return self._tweets.get(post_id)

    def _put(self, tweet: Tweet, cdn: Cdn) -> None:
        put_avatar(tweet.author, cdn)
        for one in (*attachments(tweet), *card_media(tweet)):
            one.put_on(cdn)
        self.links |= {link.removeprefix("https://"): url for link, url in find_links(tweet.data["text"]).items()}
        if media := attachments(tweet):
            self.links[write(tweet).media_link.removeprefix("https://")] = media[0].page
