"""A site that is not a platform and serves seed lists."""

import csv
import gzip
import io
from collections.abc import Sequence

from tests.lab.messages import Ask, Reply, page


class Lists:
    """Serves the links of *urls* as ``https://lists.example.com/seeds.txt``, gzipped and as CSV, and broken lists."""

    hosts = ("lists.example.com",)

    def __init__(self, urls: Sequence[str]) -> None:
        text = ("# two posts\n" + "".join(f"{url}\n" for url in urls)).encode()
        packed = gzip.compress(text)
        self._lists = {
            "/seeds.txt": ("text/plain; charset=utf-8", text),
            "/seeds.txt.gz": ("application/gzip", packed),
            "/export": ("text/csv; charset=utf-8", _to_csv(urls)),
            "/seeds.csv.gz": ("application/octet-stream", gzip.compress(_to_csv(urls))),
            "/cut.gz": ("application/gzip", packed[:-9]),
            "/wide.gz": ("application/gzip", gzip.compress(b"\n" * 2**20)),
        }

    def answer(self, ask: Ask) -> Reply:
        """Answer one request."""
        if ask.path == "/bomb":
            headers = [("Content-Type", "text/plain"), ("Content-Encoding", "gzip")]
            return Reply(headers=headers, body=gzip.compress(bytes(64 * 1024**2)))
        if ask.path not in self._lists:
            return page("no such list", 404)
        kind, body = self._lists[ask.path]
        return Reply(headers=[("Content-Type", kind)], body=body)


def _to_csv(urls: Sequence[str]) -> bytes:
    """Return *urls* like a shop's export: semicolons, cells of several lines, and the link not in the first column."""
    file = io.StringIO()
    rows = csv.writer(file, delimiter=";")
    rows.writerow(["title", "Share URL", "views"])
    rows.writerows([f"first; line\nand a second of {place}", url, "1,5"] for place, url in enumerate(urls))
    return file.getvalue().encode()
