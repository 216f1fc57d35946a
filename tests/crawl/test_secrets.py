"""Nothing that a platform gave in confidence is seen anywhere, and none of it goes to anybody else."""

from collections.abc import Iterator

import pytest

from tests.lab.log import Record
from tests.lab.process import LabProcess
from tests.support.accounts import give
from tests.support.crawling import Crawl, crawl
from tests.support.secrecy import secrets_of

POSTS = {
    "tiktok": ("lab.video_square", "/photo/", "lab.video_long"),
    "douyin": ("douyin.com/video/7527274894078099601",),
    "bilibili": ("bilibili.com/video/BV1", "bilibili.com/audio/au"),
    "twitter": ("lab_photo/status", "lab_video/status"),
}
MEDIA_HOSTS = ("webapp-prime", "tiktokcdn", "douyinvod", "douyinpic", "bilivideo", "hdslb", "twimg.com")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LabProcess, Crawl, list[Record]]]:
    """One crawl of all platforms, with a session that is refused, a payload that has changed, and media that lead away."""
    folder = tmp_path_factory.mktemp("whole")
    faults = ("firewall:lab.video_square/video:1", "drift:lab.video_long/video", "to-away:pbs.twimg.com/media:1")
    lab = LabProcess(*(option for fault in faults for option in ("--fault", fault)))
    try:
        give(lab, folder, "bilibili")
        urls = [next(p["url"] for p in lab.posts_of(name) if part in p["url"]) for name, parts in POSTS.items() for part in parts]
        done = crawl(
            lab, folder, "-a", f"urls={' '.join(urls)}", spider="hybrid", LOG_LEVEL="DEBUG", WATERMARK="both",
            COOKIES_DIR=str(folder / "config"), TWITTER_COUNTERS=1,
        )  # fmt: skip
        yield lab, done, lab.log()
    finally:
        lab.stop()


def test_no_secret_of_a_whole_crawl_is_seen_anywhere(whole: tuple[LabProcess, Crawl, list[Record]]) -> None:
    lab, done, _ = whole
    given = lab.given()
    assert {"ttwid", "msToken", "tt_chain_token"} <= {name for name, _ in given["tiktok"]}
    assert {"ttwid", "msToken", "s_v_web_id"} <= {name for name, _ in given["douyin"]}
    assert {"buvid3", "buvid4", "SESSDATA"} <= {name for name, _ in given["bilibili"]}
    assert "guest_token" in {name for name, _ in given["twitter"]}
    assert done.stat("session/refused/tiktok") == 1
    assert len(list((done.folder / "drift/tiktok").iterdir())) == 1
    secrets = secrets_of(given)
    assert len(secrets) > 20
    texts = {"log": done.stderr.encode(), "stdout": done.stdout.encode()}
    texts |= {str(path.relative_to(done.folder)): path.read_bytes() for path in done.folder.rglob("*") if path.is_file()}
    assert {"envelopes.jsonl", "posts.jsonl", "run.json", "ledger.db"} <= texts.keys()
    assert {"posts.csv", "posts.db", "summary.csv", "summary.json", "report.html"} <= texts.keys()
    assert [name for name in texts if name.startswith("raw/") and name.endswith("_more.jsonl")]
    seen = [name for name, text in texts.items() for secret in secrets if secret.encode() in text]
    assert seen == []


def test_cookies_go_to_their_own_platform_alone(whole: tuple[LabProcess, Crawl, list[Record]]) -> None:
    _, _, log = whole
    assert not [(record.host, record.foreign) for record in log if record.foreign]
    media = [record for record in log if any(part in record.host for part in MEDIA_HOSTS) and "syndication" not in record.host]
    assert media
    for record in media:
        wanted = ["tt_chain_token"] if "webapp-prime" in record.host else []
        assert record.cookies == wanted, record.host


def test_a_redirect_to_a_foreign_host_is_not_followed(whole: tuple[LabProcess, Crawl, list[Record]]) -> None:
    _, done, log = whole
    assert [record for record in log if record.status == 302 and record.note == "fault to-away"]
    assert not [record for record in log if "example" in record.host or record.note in ("unknown host", "plain http")]
    assert done.stat("hosts/refused") >= 1
