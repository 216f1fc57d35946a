"""Several crawls that share a ledger on a real Redis: nothing lost, nothing twice, whoever dies or is away."""

import json
import signal
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.lab.process import LabProcess
from tests.support.crawling import Crawl, crawl, scrapy, start_crawl
from tests.support.labs import X_MANY, StartLab, many
from tests.support.ledgers import RedisServer, on_redis
from tests.support.nursery import Child
from tests.support.waiting import wait_for


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    started = RedisServer(tmp_path)
    yield started
    started.stop()


def envelopes_of(folders: list[Path]) -> list[dict[str, Any]]:
    found = []
    for folder in folders:
        path = folder / "out/envelopes.jsonl"
        found += [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []
    return found


def start(lab: LabProcess, folder: Path, address: str, *args: str, spider: str = "twitter", **settings: str | int) -> Child:
    """Start a worker in *folder*, which is taken for dead after two silent seconds."""
    folder.mkdir(exist_ok=True)
    given: dict[str, str | int] = {"LEDGER": address, "LEASE_SECONDS": 2, "OPEN_SEEDS": 8, "MEDIA": "none", "REPORT": 0, "TABLES": 0, **settings}
    return start_crawl(lab, folder, *args, spider=spider, **given)


def has_ended(folders: list[Path], number: int) -> bool:
    paths = [folder / "out/envelopes.jsonl" for folder in folders]
    return sum(path.read_bytes().count(b"\n") for path in paths if path.exists()) >= number


def end(process: Child, code: int = 0) -> None:
    out, _ = process.communicate(timeout=400)
    assert process.returncode == code, out


def kill(process: Child) -> None:
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def assert_whole(folders: list[Path], number: int) -> None:
    """Every seed one envelope over all folders, of a success, and each folder's records belong to its envelopes."""
    found = envelopes_of(folders)
    assert Counter(envelope["seed"] for envelope in found) == {f"{line}.1": 1 for line in range(1, number + 1)}
    assert Counter(envelope["code"] for envelope in found) == {200: number}
    for folder in folders:
        mine = Crawl(folder / "out")
        assert [post["seed"] for post in mine.posts] == [e["seed"] for e in mine.envelopes if "duplicate_of" not in e]


def with_repeats(lab: LabProcess, number: int, path: Path) -> Path:
    """Write *number* links, the last fifth of them of posts that were there before, in another form."""
    urls = [post["url"] for post in lab.posts if X_MANY in post["url"]][: number - number // 5]
    again = [f"https://twitter.com/i/web/status/{url.rpartition('/')[2]}" for url in urls[: number // 5]]
    path.write_text("\n".join([*urls, *again]))
    return path


def chaos(server: RedisServer, lab: LabProcess, root: Path, number: int, pause: float) -> list[Path]:
    """Four workers: one is killed, one sleeps for *pause* s, and Redis is killed and comes back; the rest ends it."""
    address, seeds = server.address("chaos"), with_repeats(lab, number, root / "seeds.txt")
    folders = [root / name for name in ("a", "b", "c", "d")]
    workers = [start(lab, folder, address, "-a", f"seeds={seeds}") for folder in folders]
    try:
        for folder in folders:
            wait_for(partial(has_ended, [folder], 2))
        kill(workers[0])
        workers[1].send_signal(signal.SIGSTOP)
        wait_for(partial(has_ended, folders, number // 3), 300)
        server.stop(kill=True)
        time.sleep(1)
        server.start()
        time.sleep(pause)
        workers[1].send_signal(signal.SIGCONT)
        for worker in workers[1:]:
            end(worker)
    finally:
        for worker in workers:
            kill(worker)
    return folders


def test_workers_come_and_go_and_so_does_redis(server: RedisServer, start_lab: StartLab, tmp_path: Path) -> None:
    number = 200
    lab = start_lab("--many", str(number), "--list-many", "--latency", "100")
    folders = chaos(server, lab, tmp_path, number, pause=2.5)
    # what the dead one had written since Redis heard of it last shows when its folder is used again
    end(start(lab, folders[0], server.address("chaos")))
    assert_whole(folders, number)
    logs = [(folder / "log").read_text() for folder in folders]
    assert any("answers again" in log for log in logs[2:])
    assert "another worker has taken it over" in logs[1]
    with on_redis(server, "chaos") as ledger:
        assert ledger.run().is_finished
        assert set(ledger.counts().values()) == {0, number}


@pytest.mark.soak
def test_ten_thousand_seeds_of_four_workers(server: RedisServer, start_lab: StartLab, tmp_path: Path) -> None:
    number = 10_000
    lab = start_lab("--many", str(number), "--list-many", "--latency", "100")
    began = time.monotonic()
    folders = chaos(server, lab, tmp_path, number, pause=10)
    end(start(lab, folders[0], server.address("chaos")))
    print(f"\n{number} seeds, four workers, one killed, one stopped, Redis killed: {time.monotonic() - began:.0f} s")
    assert_whole(folders, number)


def test_a_post_is_fetched_once_by_all_workers(server: RedisServer, lab: LabProcess, tmp_path: Path, clean_lab: None) -> None:
    """The second worker finds the same posts in other forms: they are repeated by the one that has them."""
    address, forms = server.address(), ("https://x.com/{}/status/{}", "https://twitter.com/i/web/status/{1}?s=20", "https://mobile.twitter.com/{}/status/{}")
    posts = [post["url"] for post in lab.posts_of("twitter") if post["outcome"] == "ok"][:6]
    names = [(url.split("/")[3], url.split("/")[5]) for url in posts]
    seeds = tmp_path / "seeds.txt"
    seeds.write_text("".join(form.format(*name) + "\n" for form in forms for name in names))
    folders = [tmp_path / "a", tmp_path / "b"]
    workers = [start(lab, folder, address, "-a", f"seeds={seeds}", OPEN_SEEDS=2) for folder in folders]
    for worker in workers:
        end(worker)
    found = envelopes_of(folders)
    assert sorted(envelope["seed"] for envelope in found) == sorted(f"{line}.1" for line in range(1, 3 * len(names) + 1))
    assert all(envelope["data"] is not None for envelope in found)
    assert sum("duplicate_of" in envelope for envelope in found) == 2 * len(names)
    asked = Counter(record.target for record in lab.log() if "tweet-result" in record.target)
    assert set(asked.values()) == {1}


def test_a_worker_without_a_list_takes_what_was_added(server: RedisServer, start_lab: StartLab, tmp_path: Path) -> None:
    lab = start_lab("--many", "5", "--list-many")
    seeds = many(lab, 5, tmp_path / "seeds.txt")
    added = scrapy("seeds", "add", "-l", server.address(), str(seeds))
    assert (added.returncode, added.stdout) == (0, "5 seeds added\n"), added.stderr
    end(start(lab, tmp_path / "a", server.address(), spider="hybrid"))
    assert_whole([tmp_path / "a"], 5)
    again = scrapy("seeds", "add", "-l", server.address(), str(seeds))
    assert again.returncode == 0
    end(start(lab, tmp_path / "b", server.address(), spider="hybrid"))
    found = envelopes_of([tmp_path / "a", tmp_path / "b"])
    assert sorted(envelope["seed"] for envelope in found) == sorted(f"{line}.1" for line in range(1, 11))


def test_wrong_addresses_are_wrong_use(server: RedisServer, lab: LabProcess, tmp_path: Path) -> None:
    cases = {
        "http://127.0.0.1/": "expected redis://, rediss:// or unix://",
        "redis://u:secret@127.0.0.1:1/0": "redis://127.0.0.1:1/0?run=scraper does not answer",
        server.address("empty"): "no run is there",
    }
    for address, words in cases.items():
        done = crawl(lab, tmp_path, spider="twitter", LEDGER=address)
        assert done.code == 2, address
        assert words in done.stderr
        assert "secret" not in done.stdout + done.stderr
    with server.client() as client:
        client.config_set("requirepass", "known")
    done = crawl(lab, tmp_path, spider="twitter", LEDGER=server.address().replace("unix://", "unix://:secret@"))
    assert done.code == 2
    assert "refuses: " in done.stderr
    assert "secret" not in done.stdout + done.stderr


def test_ctrl_c_ends_a_worker_whose_redis_is_away(server: RedisServer, start_lab: StartLab, tmp_path: Path) -> None:
    lab = start_lab("--many", "24", "--list-many", "--latency", "200")
    seeds = many(lab, 24, tmp_path / "seeds.txt")
    with start(lab, tmp_path / "a", server.address(), "-a", f"seeds={seeds}", OPEN_SEEDS=2) as process:
        wait_for(partial(has_ended, [tmp_path / "a"], 4))
        server.stop(kill=True)
        wait_for(lambda: "does not answer" in (tmp_path / "a/log").read_text())
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    number = len(envelopes_of([tmp_path / "a"]))
    assert f"{number} of {number} seeds ok" in out
    assert "(shutdown), " in out
    assert json.loads((tmp_path / "a/out/run.json").read_text())["left"] is None
    server.start()
    end(start(lab, tmp_path / "a", server.address(), "-a", f"seeds={seeds}"))
    assert_whole([tmp_path / "a"], 24)




@pytest.mark.parametrize("shared", [False, True])
def test_a_ledger_is_worked_on_from_outside_while_a_crawl_runs(shared: bool, server: RedisServer, start_lab: StartLab, tmp_path: Path) -> None:
    """Seeds are added, failures put back, the state is shown: the crawl goes on with it, and leaves one line a seed."""
    lab = start_lab("--many", "24", "--list-many", "--latency", "300")
    deleted = f"{lab.url('lab_deleted/')}\n"
    seeds = many(lab, 24, tmp_path / "seeds.txt")
    seeds.write_text(deleted + seeds.read_text())
    more = tmp_path / "more.txt"
    more.write_text(f"# more\n{lab.url('lab_gif/')} {lab.url('lab_photo/')}\n")
    address = server.address() if shared else ""
    where = ("-l", address) if shared else ("-o", str(tmp_path / "a/out"))
    with start(lab, tmp_path / "a", address, "-a", f"seeds={seeds}", OPEN_SEEDS=2) as process:
        wait_for(lambda: any(envelope["code"] == 404 for envelope in envelopes_of([tmp_path / "a"])))
        status = scrapy("status", *where)
        assert "failed 1" in status.stdout, status.stderr
        assert "removed 1" in status.stdout
        assert " seeds/s" in status.stdout
        assert scrapy("seeds", "retry", *where, "--code", "timeout,private").stdout == "0 failed seeds wait again\n"
        assert scrapy("seeds", "retry", *where, "--code", "removed").stdout == "1 failed seeds wait again\n"
        assert scrapy("seeds", "add", *where, str(more)).stdout == "2 seeds added\n"
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 1, out
    assert "26 of 27 seeds ok, 1 failed" in out
    found = Crawl(tmp_path / "a/out")
    assert Counter(envelope["seed"] for envelope in found.envelopes) == dict.fromkeys((*(f"{n}.1" for n in range(1, 27)), "26.2"), 1)
    tries = [record for record in lab.log() if "tweet-result" in record.target and deleted.split("/")[-1].strip() in record.target]
    assert len(tries) == 2
    assert [post["seed"] for post in found.posts] == [e["seed"] for e in found.envelopes if e["code"] == 200]
    stats = json.loads(scrapy("seeds", "stats", *where, "--json").stdout)
    assert stats == {"todo": 0, "leased": 0, "done": 26, "failed": 1, "errors": {"removed": 1}, "loaded": True}
    assert scrapy("seeds", "export", *where, "--state", "failed").stdout == deleted
    exported = [json.loads(line) for line in scrapy("seeds", "export", *where, "--json").stdout.splitlines()]
    assert Counter(seed["state"] for seed in exported) == {"done": 26, "failed": 1}
    assert "finished at" in scrapy("status", *where, "--once").stdout
