"""Seed lists in whole crawls: shards, and lists of a server."""

from pathlib import Path

from scraper.seeds.lines import parse_lines
from scraper.seeds.shards import Shard
from tests.lab.process import LabProcess
from tests.support.crawling import crawl
from tests.support.seed_lists import KNOWN


def test_shards_are_crawled_and_add_up(lab: LabProcess, tmp_path: Path) -> None:
    links = [lab.url(name) for name in ("lab_gif/", "lab_photos/", "lab_deleted/")]
    (tmp_path / "list.csv").write_text("text;Share Link\n" + "".join(f'"a\nb";{link}\n' for link in links))
    done = [
        crawl(lab, tmp_path / number, "-a", f"seeds={tmp_path / 'list.csv'}", "-a", f"shard={number}/2", spider="twitter", MEDIA="none")
        for number in "12"
    ]
    found = [(each.code, {envelope["seed"]: envelope["code"] for envelope in each.envelopes}) for each in done]
    assert found == [(0, {"4.1": 200}), (1, {"2.1": 200, "6.1": 404})]


def test_an_empty_shard_is_no_mistake(lab: LabProcess, tmp_path: Path) -> None:
    [link] = [lab.url("lab_video/")]
    number = next(n for n in (1, 2) if not Shard(n, 2).takes(next(parse_lines([link], KNOWN)).canonical))
    done = crawl(lab, tmp_path, "-a", f"urls={link}", "-a", f"shard={number}/2", spider="twitter", MEDIA="none")
    assert (done.code, done.envelopes) == (0, [])
    assert "0 of 0 seeds ok" in done.stdout


def test_lists_of_a_server_may_be_csv_and_packed(lab: LabProcess, tmp_path: Path) -> None:
    done = crawl(lab, tmp_path, "-a", "seeds=https://lists.example.com/export?key=s3cret", spider="twitter", MEDIA="none")
    assert (done.code, sorted(envelope["seed"] for envelope in done.envelopes)) == (0, ["2.1", "4.1"])
    cut = crawl(lab, tmp_path, "-a", "seeds=https://lists.example.com/cut.gz?key=s3cret", spider="twitter", MEDIA="none")
    assert cut.code == 2
    assert cut.stderr.splitlines()[-1] == (
        "scrapy crawl: seeds: https://lists.example.com/cut.gz is damaged after line 3 (it ends too early): pack it again"
    )
    bomb = crawl(lab, tmp_path, "-a", "seeds=https://lists.example.com/bomb?key=s3cret", spider="twitter", MEDIA="none")
    assert bomb.code == 2
    assert bomb.stderr.splitlines()[-1] == (
        "scrapy crawl: seeds: https://lists.example.com/bomb cannot be fetched: it unpacks to more than DOWNLOAD_MAXSIZE"
    )
    wide = crawl(lab, tmp_path, "-a", "seeds=https://lists.example.com/wide.gz?key=s3cret", spider="twitter", DOWNLOAD_MAXSIZE="100000")
    assert wide.code == 2
    assert wide.stderr.splitlines()[-1] == (
        "scrapy crawl: seeds: https://lists.example.com/wide.gz unpacks to more than 100000 bytes, DOWNLOAD_MAXSIZE: split it"
    )
