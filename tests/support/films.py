"""One large file of the lab: the requests for it, and the files that they left."""

from pathlib import Path

from tests.lab.log import Record
from tests.lab.process import LabProcess
from tests.support.crawling import Crawl

FILM = "hd-mp4"


def film_requests(lab: LabProcess) -> list[Record]:
    return [record for record in lab.log() if record.target.endswith(".mp4") or ".mp4?" in record.target]


def the_file(done: Crawl) -> Path:
    (post,) = done.posts
    (file,) = post["media"][0]["files"]
    return done.folder / str(file["path"])
