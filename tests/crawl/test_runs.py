"""Runs: interrupted ones go on, finished ones begin anew, failures are retried, nothing is lost and nothing twice."""

import asyncio
import hashlib
import json
import random
import signal
import time
from collections import Counter
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from scraper.ledger.sqlite import SQLiteLedger
from scraper.model.ref import Ref
from scraper.model.seed import Seed
from scraper.runs.pacing import Pacer
from scraper.runtime.pauses import Pauses
from scraper.runtime.progress import Progress
from tests.lab.process import LabProcess
from tests.support.crawling import Crawl, crawl, start_crawl
from tests.support.labs import X_MEDIA, StartLab, many
from tests.support.nursery import Child
from tests.support.waiting import wait_for

GIF = "1928323554716716484"


def read(folder: Path) -> Crawl:
    return Crawl(folder)


def check_whole(crawled: Crawl, number: int) -> None:
    """Every seed one envelope, none twice, every file whole and named by one record, no half line."""
    for name in ("envelopes.jsonl", "posts.jsonl"):
        assert (crawled.folder / name).read_bytes().endswith(b"\n")
    assert Counter(envelope["seed"] for envelope in crawled.envelopes) == {f"{n}.1": 1 for n in range(1, number + 1)}
    assert Counter(envelope["code"] for envelope in crawled.envelopes) == {200: number}
    assert len(crawled.posts) == len({post["seed"] for post in crawled.posts}) == number
    listed = {f["path"]: f["sha256"] for post in crawled.posts for m in post["media"] for f in m["files"]}
    assert len(listed) == number
    found = [path for path in (crawled.folder / "media").rglob("*") if path.is_file() and path.suffix != ".part"]
    assert {path.relative_to(crawled.folder).as_posix() for path in found} == set(listed)
    assert all(hashlib.sha256((crawled.folder / path).read_bytes()).hexdigest() == sha for path, sha in listed.items())


def kill_at_random(lab: LabProcess, folder: Path, number: int, kills: int, longest: float) -> None:
    """Kill a crawl of *number* seeds *kills* times while it works, then let it end."""
    seeds = many(lab, number, folder / "seeds.txt")
    dice = random.Random(7)
    killed = 0
    while killed < kills:
        with start_crawl(lab, folder, "-a", f"seeds={seeds}") as process:
            envelopes = folder / "out/envelopes.jsonl"
            size = envelopes.stat().st_size if envelopes.exists() else 0
            wait_for(partial(has_grown, envelopes, size, process))
            time.sleep(dice.uniform(0, longest))
            if process.poll() is not None:
                break
            process.kill()
            process.communicate()
            killed += 1
    with start_crawl(lab, folder, "-a", f"seeds={seeds}") as process:
        out, _ = process.communicate(timeout=180)
    assert killed == kills, "the crawl was too fast for so many kills"
    assert process.returncode == 0, out
    check_whole(read(folder / "out"), number)
    info = json.loads((folder / "out/run.json").read_text())
    assert len(info["earlier"]) == kills
    assert {part["ended"] for part in info["earlier"]} == {None}
    assert (info["reason"], info["codes"], info["left"]) == ("finished", {"200": number}, 0)
    assert "the interrupted run in this folder continues" in (folder / "log").read_text("utf-8")


def has_grown(path: Path, size: int, process: Child) -> bool:
    return (path.exists() and path.stat().st_size > size) or process.poll() is not None


def test_kill_9_three_times_loses_nothing(start_lab: StartLab, tmp_path: Path) -> None:
    lab = start_lab("--many", "150", "--list-many", "--latency", "100")
    kill_at_random(lab, tmp_path, 150, 3, 0.8)


@pytest.mark.soak
def test_kill_9_twenty_times_loses_nothing(start_lab: StartLab, tmp_path: Path) -> None:
    lab = start_lab("--many", "300", "--list-many", "--latency", "150")
    kill_at_random(lab, tmp_path, 300, 20, 0.5)


def test_an_interrupted_run_goes_on_and_a_finished_one_begins_anew(start_lab: StartLab, tmp_path: Path) -> None:
    lab = start_lab("--many", "60", "--list-many", "--latency", "100")
    seeds = many(lab, 60, tmp_path / "seeds.txt")
    with start_crawl(lab, tmp_path, "-a", f"seeds={seeds}") as process:
        wait_for(lambda: (tmp_path / "out/posts.jsonl").exists() and len(read(tmp_path / "out").posts) >= 10)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=20)
    first = read(tmp_path / "out").envelopes
    assert process.returncode == 1
    assert f"{60 - len(first)} seeds are left: run the same command again to continue" in out
    second = crawl(lab, tmp_path, "-a", f"seeds={seeds}")
    assert second.code == 0, second.stdout
    check_whole(second, 60)
    assert second.envelopes[: len(first)] == first
    third = crawl(lab, tmp_path, "-a", f"seeds={seeds}", MEDIA="none")
    assert third.code == 0
    assert len(third.envelopes) == 60
    assert third.stat("seeds/finished") == 60
    (aside,) = (third.folder / "runs").iterdir()
    assert len(read(aside).envelopes) == 60


def test_another_list_does_not_go_on_with_the_last_one(lab: LabProcess, tmp_path: Path) -> None:
    first = crawl(lab, tmp_path, "-a", f"urls={lab.url('lab_gif/')}", spider="twitter", MEDIA="none")
    ledger = SQLiteLedger(first.folder / "ledger.db")
    with ledger._write() as database:  # a run that broke off
        database.execute("UPDATE seeds SET state = 'todo'")
        database.execute("DELETE FROM meta WHERE name = 'finished'")
    ledger.shut()
    second = crawl(lab, tmp_path, "-a", f"urls={lab.url('lab_video/')}", spider="twitter", MEDIA="none")
    assert [envelope["params"]["url"] for envelope in second.envelopes] == [lab.url("lab_video/")]
    assert len(list((second.folder / "runs").iterdir())) == 1


def test_retry_failed_repeats_the_failures_alone(lab: LabProcess, tmp_path: Path) -> None:
    good, bad, other = (lab.url(name) for name in ("lab_video/", "lab_deleted/", "lab_protected/"))
    seeds = tmp_path / "seeds.txt"
    seeds.write_text(f"{good}\n{bad}\n{good}?x=1\n{other}\nnothing\n")
    first = crawl(lab, tmp_path, "-a", f"seeds={seeds}", MEDIA="none")
    assert [envelope["code"] for envelope in sorted(first.envelopes, key=lambda e: e["seed"])] == [200, 404, 200, 403, 400]
    second = crawl(lab, tmp_path, "-a", f"seeds={seeds}", MEDIA="none", RETRY="failed")
    assert second.stat("seeds/finished") == 3
    by_seed = {envelope["seed"]: envelope for envelope in second.envelopes}
    assert len(by_seed) == len(second.envelopes) == 5
    assert by_seed["3.1"]["duplicate_of"] == "1.1"
    assert len(second.posts) == 1
    (aside,) = (second.folder / "runs").iterdir()
    assert len(read(aside).envelopes) == 5
    none = crawl(lab, tmp_path / "other", "-a", f"seeds={seeds}", RETRY="failed")
    assert (none.code, "RETRY: no run has been in" in none.stderr) == (2, True)


def test_a_seed_that_kills_the_process_is_set_aside(start_lab: StartLab, tmp_path: Path) -> None:
    """Three deaths while it was open, the third time alone; the others are not blamed."""
    lab = start_lab("--many", "12", "--list-many", "--fault", f"stall:{GIF}")
    seeds = many(lab, 12, tmp_path / "seeds.txt")
    seeds.write_text(lab.url("lab_gif/") + "\n" + seeds.read_text())
    for _ in range(3):
        lab.reset()
        with start_crawl(lab, tmp_path, "-a", f"seeds={seeds}", MEDIA="none") as process:
            wait_for(lambda: bool(lab.log()))
            time.sleep(1.5)
            process.kill()
            process.communicate()
    done = crawl(lab, tmp_path, "-a", f"seeds={seeds}", MEDIA="none")
    codes = {envelope["seed"]: envelope["error"] and envelope["error"]["code"] for envelope in done.envelopes}
    assert codes.pop("1.1") == "poison"
    assert set(codes.values()) == {None}
    assert len(codes) == 12


def test_never_more_than_open_seeds_are_open(start_lab: StartLab, tmp_path: Path) -> None:
    """With media that never end, no further page is asked for."""
    lab = start_lab("--many", "1000", "--list-many", "--fault", f"stall:{X_MEDIA}")
    seeds = many(lab, 1000, tmp_path / "seeds.txt")
    with start_crawl(lab, tmp_path, "-a", f"seeds={seeds}", OPEN_SEEDS=20, SHUTDOWN_GRACE=0) as process:
        wait_for(lambda: pages(lab) >= 20)
        time.sleep(2)
        assert pages(lab) == 20
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


def pages(lab: LabProcess) -> int:
    return len({record.target for record in lab.log() if "tweet-result" in record.target})


def seed(line: int, platform: str) -> Seed:
    ref = Ref(platform=platform, kind="video", id=str(line), url=f"https://{platform}.example/{line}")
    return Seed(id=f"{line}.1", line=line, text=ref.url, ref=ref, platform=platform)


def test_a_paused_platform_at_the_head_of_the_list_holds_no_other_back(tmp_path: Path) -> None:
    """Two stand-ins: 40 seeds of the paused one come first."""
    asyncio.run(_lease_beside_a_pause(tmp_path))


async def _lease_beside_a_pause(folder: Path) -> None:
    stats: Any = SimpleNamespace(inc_value=lambda *_: None)
    pauses = Pauses(stats, lambda: False)
    ledger = SQLiteLedger(folder / "ledger.db")
    await ledger.load([*(seed(n, "slow") for n in range(1, 41)), *(seed(n, "quick") for n in range(41, 61))])
    await ledger.note(loaded=True, started=1.0)
    pacer = Pacer(4, 60, pauses=pauses, progress=Progress())
    pauses.pause("slow", 60, "told to wait")
    loading: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    loading.set_result(None)
    got = []
    async with asyncio.timeout(10):
        async for lease in pacer.leases(ledger, loading):
            got.append(lease.seed.platform)
            pacer.open(lease.seed.id, str(lease.seed.platform))
            await ledger.settle(lease.seed.id, code=200, error=None, offset=0, end=0)
            pacer.end(lease.seed.id)
            if len(got) == 20:
                break
    assert got == ["quick"] * 20
    await ledger.close()


def test_a_broken_off_log_of_envelopes_is_mended(lab: LabProcess, tmp_path: Path) -> None:
    """A half line is cut; a whole line that the ledger does not know counts."""
    urls = f"{lab.url('lab_gif/')} {lab.url('lab_video/')} {lab.url('lab_deleted/')}"
    first = crawl(lab, tmp_path, "-a", f"urls={urls}", spider="twitter", MEDIA="none")
    envelopes, posts = first.folder / "envelopes.jsonl", first.folder / "posts.jsonl"
    lines, records = envelopes.read_bytes().splitlines(True), posts.read_bytes().splitlines(True)
    ledger = SQLiteLedger(first.folder / "ledger.db")
    with ledger._write() as database:
        database.execute("UPDATE seeds SET state = 'leased', code = NULL, envelope_at = NULL, leased_until = 9e9")
        database.execute("DELETE FROM meta WHERE name IN ('finished', 'envelopes_end', 'posts_end')")
    ledger.shut()
    envelopes.write_bytes(lines[0] + lines[1][:40])
    posts.write_bytes(b"".join(records) + records[0][:30])
    second = crawl(lab, tmp_path, "-a", f"urls={urls}", spider="twitter", MEDIA="none")
    assert second.envelopes[0] == json.loads(lines[0])
    assert sorted(envelope["seed"] for envelope in second.envelopes) == ["1.1", "1.2", "1.3"]
    assert sorted(post["seed"] for post in second.posts) == sorted({post["seed"] for post in second.posts})
    assert len(second.posts) == 2



def test_a_list_may_lie_on_any_site(lab: LabProcess, tmp_path: Path) -> None:
    done = crawl(lab, tmp_path, "-a", "seeds=https://lists.example.com/seeds.txt", spider="twitter", MEDIA="none")
    assert (done.code, sorted(envelope["seed"] for envelope in done.envelopes)) == (0, ["2.1", "3.1"])
    missing = crawl(lab, tmp_path, "-a", "seeds=https://lists.example.com/none.txt", spider="twitter")
    assert missing.code == 2
    problem = "seeds: https://lists.example.com/none.txt answered 404: give the address of the list itself"
    assert missing.stderr.splitlines()[-1] == f"scrapy crawl: {problem}"
    assert missing.stdout == ""
    info = json.loads((missing.folder / "run.json").read_text())
    assert (info["reason"], info["problem"], info["left"]) == ("unusable", problem, None)


def test_options_and_tags_of_a_seed_are_obeyed_and_kept(lab: LabProcess, tmp_path: Path) -> None:
    lines = [
        {"url": lab.url("lab.video_square"), "tags": ["first", "名"], "options": {"MEDIA": "none", "note": 7}},
        {"url": lab.url("lab.video_portrait"), "options": {"WATERMARK": "with"}},
        {"url": lab.url("lab.video_long"), "options": {"MEDIA": "some"}},
    ]
    done = crawl(lab, tmp_path, "-a", "seeds=-", spider="tiktok", stdin="".join(f"{json.dumps(line)}\n" for line in lines))
    posts = {post["seed"]: post for post in done.posts}
    assert (posts["1.1"]["tags"], posts["1.1"]["options"]) == (["first", "名"], {"MEDIA": "none", "note": 7})
    assert posts["1.1"]["media"][0]["files"] == []
    assert "_watermark" in posts["2.1"]["media"][0]["files"][0]["path"]
    rejected = next(envelope for envelope in done.envelopes if envelope["seed"] == "3.1")
    assert "MEDIA: expected one of best, none, all" in rejected["message"]


def test_a_mixed_list_gives_each_seed_one_envelope_and_each_post_one_fetch(lab: LabProcess, tmp_path: Path) -> None:
    """Good, short, dead short, removed, private, region, sensitive, malformed, other site, lookalike, duplicates."""
    square, short = lab.url("lab.video_square"), "https://vm.tiktok.com/ZMlab0006/"  # the same post
    lines = [
        square,
        short,
        f"again {square}?lang=en and {short}",
        *(lab.url(name) for name in ("ZMdead007", "lab.removed", "lab.private/", "lab.region", "lab.sensitive")),
        '{"url": 7}',
        "https://www.youtube.com/watch?v=a",
        "https://www.tiktok.com.evil.example/@a/video/1",
        "nothing at all",
    ]
    lab.reset()
    done = crawl(lab, tmp_path, "-a", "seeds=-", spider="tiktok", stdin="\n".join(lines), MEDIA="none")
    ids = [f"{n}.1" for n in range(1, 13)] + ["3.2"]
    assert Counter(envelope["seed"] for envelope in done.envelopes) == dict.fromkeys(ids, 1)
    same = [envelope for envelope in done.envelopes if envelope["seed"] in ("1.1", "2.1", "3.1", "3.2")]
    assert len({json.dumps(envelope["data"], sort_keys=True) for envelope in same}) == 1
    assert sum("duplicate_of" in envelope for envelope in same) == 3
    assert len(done.posts) == 1
    pages = [record.target for record in lab.log() if "7520666970962987367" in record.target and record.host == "www.tiktok.com"]
    assert len(pages) == 1
    assert lab.refused() == []


def test_retry_of_another_list_and_a_broken_ledger_are_wrong_use(lab: LabProcess, tmp_path: Path) -> None:
    first = crawl(lab, tmp_path, "-a", f"urls={lab.url('lab_deleted/')}", spider="twitter", MEDIA="none")
    other = crawl(lab, tmp_path, "-a", f"urls={lab.url('lab_video/')}", spider="twitter", RETRY="failed")
    assert (other.code, "the last run here was of another list" in other.stderr) == (2, True)
    (first.folder / "ledger.db").write_bytes(b"junk" * 1000)
    broken = crawl(lab, tmp_path, "-a", f"urls={lab.url('lab_deleted/')}", spider="twitter")
    assert broken.code == 2
    assert "ledger.db" in broken.stderr
    assert len(first.envelopes) == 1
