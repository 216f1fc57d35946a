"""A site that is no platform: seed lists lie there."""

from collections.abc import Sequence

from tests.lab.messages import Ask, Reply, page


class Lists:
    """Serves ``https://lists.example.com/seeds.txt``, the links of *urls*."""

    hosts = ("lists.example.com",)

    def __init__(self, urls: Sequence[str]) -> None:
        self._body = "# two posts\n" + "".join(f"{url}\n" for url in urls)

    def answer(self, ask: Ask) -> Reply:
        """Answer one request."""
        if ask.path != "/seeds.txt":
            return page("no such list", 404)
        return Reply(headers=[("Content-Type", "text/plain; charset=utf-8")], body=self._body.encode())
