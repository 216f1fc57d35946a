"""Every post of the platform by its id, and every film by its name in the store."""

from tests.lab.catalog import LabPost, load_posts, many_index, many_post
from tests.lab.douyin.cdn import Cdn, Visit
from tests.lab.douyin.files import Files
from tests.lab.faults import lifetime
from tests.lab.messages import Ask
from tests.lab.things import Thing

_UP_TO = {"360p": 360, "540p": 540, "720p": 720, "1080p": 1080}


class Posts:
    """Finds films and posts, *many* more than those with a file."""

    def __init__(self, cdn: Cdn, many: int) -> None:
        self._cdn = cdn
        self._many = many
        posts = [post for post in load_posts() if post.platform == "douyin"]
        self._posts = {post.id: post for post in posts if post.id}
        self.hops = {here.rstrip("/"): there for post in posts for here, there in post.hops}
        stores = [Files(cdn, post, Visit(now=0)) for post in (*self._posts.values(), many_post(0, "douyin"))]
        self._films = {uri: (files, film) for files in stores for uri, film in files.films}

    def find(self, post_id: str) -> LabPost | None:
        """Return the post with this id, None for an unknown id."""
        index = many_index(post_id, "douyin") if post_id.isdigit() else None
        if index is not None and index < self._many:
            return many_post(index, "douyin")
        return self._posts.get(post_id)

    def files(self, post: LabPost, ask: Ask) -> Files:
        """Return the files of *post* for the answer to *ask*."""
        life = lifetime(ask.fault)
        return Files(self._cdn, post, Visit(now=ask.now, lifetime=post.data.get("lifetime") if life is None else life))

    def find_file(self, uri: str, *, ratio: str, logo: bool) -> Thing | None:
        """Return the form of a film that a play address names: the best up to *ratio*, or the uploaded file."""
        if uri not in self._films:
            return None
        files, film = self._films[uri]
        if logo:
            return files.file(film.logo) if film.logo else None
        if ratio == "default":
            return files.file(film.original or film.play)
        return files.file(film.limit(_UP_TO.get(ratio, 720)))
