"""A real Scrapyd, set up as docs/scrapyd.md says: deploy, schedule, read, cancel, kill, go on."""

import base64
import json
import os
import re
import signal
import sqlite3
import subprocess
import urllib.request
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from importlib.metadata import distributions
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from packaging.utils import canonicalize_name

from tests.lab.catalog import many_post
from tests.lab.process import LabProcess
from tests.support.crawling import Crawl, scrapy
from tests.support.ports import closed_port
from tests.support.project import copy_project, pins
from tests.support.schedules import forget_an_hour
from tests.support.secrecy import secrets_of
from tests.support.tree import ROOT
from tests.support.waiting import wait_for

PROGRAMS = ROOT / ".cache/scrapyd/bin"
GUIDE = (ROOT / "docs/scrapyd.md").read_text("utf-8")
PASSWORD = "only for this test"
SPIDERS = {"bilibili", "douyin", "hybrid", "tiktok", "twitter"}
SLOW = "slow-2000:tweet-result"


class Host:
    """Scrapyd in a folder that holds nothing but its configuration, and a user who has nothing else."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder / "scrapyd", closed_port()
        for name in ("scrapyd", "home", "tmp"):
            (folder / name).mkdir()
        (self.folder / "scrapyd.conf").write_text(self._configuration())
        # the browser is where it is for whoever runs the tests; TMPDIR marks every process that begins here
        browsers = os.environ.get("PLAYWRIGHT_BROWSERS_PATH", str(Path.home() / ".cache/ms-playwright"))
        own = {"HOME": str(folder / "home"), "TMPDIR": str(folder / "tmp"), "PLAYWRIGHT_BROWSERS_PATH": browsers}
        self.env = {"PATH": os.environ["PATH"], "PYTHONSAFEPATH": "1", **own}
        self.log = folder / "scrapyd.log"
        with self.log.open("wb") as log:
            self._process = subprocess.Popen([PROGRAMS / "scrapyd"], cwd=self.folder, env=self.env, stdout=log, stderr=log)
        wait_for(self._is_up)

    def _configuration(self) -> str:
        """Return the guide's own, with a free port, and quick."""
        found = re.search(r"```ini\n(\[scrapyd\]\n.*?)```", GUIDE, re.DOTALL)
        assert found is not None
        text = found[1]
        for name, value in {"http_port": str(self.port), "password": PASSWORD, "poll_interval": "0.1"}.items():
            text, count = re.subn(rf"^{name} = .*$", f"{name} = {value}", text, flags=re.MULTILINE)
            assert count == 1, name
        return text

    def _is_up(self) -> bool:
        assert self._process.poll() is None, self.log.read_text()
        try:
            return bool(self.ask("daemonstatus.json")["status"] == "ok")
        except OSError:
            return False

    def ask(self, name: str, **fields: str | list[str]) -> dict[str, Any]:
        """Return what the API answers; with *fields* it is a POST."""
        answer: dict[str, Any] = json.loads(self.read(f"/{name}", urlencode(fields, doseq=True).encode() or None))
        return answer

    def read(self, path: str, body: bytes | None = None) -> str:
        login = base64.b64encode(f"deploy:{PASSWORD}".encode()).decode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", body, {"Authorization": f"Basic {login}"})
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
            text: str = answer.read().decode()
            return text

    def deploy(self, project: Path, *options: str) -> dict[str, Any]:
        """Run scrapyd-deploy in *project* for a target that stands beside those of its scrapy.cfg."""
        target = f"[deploy:host]\nurl = http://127.0.0.1:{self.port}/\nproject = scraper\nusername = deploy\npassword = {PASSWORD}\n"
        (self.folder.parent / "home/.scrapy.cfg").write_text(target)
        command = [str(PROGRAMS / "scrapyd-deploy"), "host", *options]
        done = subprocess.run(command, cwd=project, env=self.env, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def schedule(self, lab: LabProcess, out: Path, spider: str, *settings: str, **arguments: str) -> str:
        """Schedule a job that writes to *out*; return its id."""
        given = ["POLITE=0", f"PROXY={lab.proxy}", f"CA_FILE={lab.ca_file}", f"OUTPUT_DIR={out}", f"SESSION_DIR={out.parent / 'sessions'}"]
        answer = self.ask("schedule.json", project="scraper", spider=spider, _version="first", setting=[*given, *settings], **arguments)
        assert answer["status"] == "ok", answer
        return str(answer["jobid"])

    def job(self, state: str, job: str) -> dict[str, Any] | None:
        """Return what is listed of *job*, where it is in *state*."""
        return next((each for each in self.ask("listjobs.json")[state] if each["id"] == job), None)

    def wait(self, job: str) -> str:
        """Return the log of *job* once Scrapyd calls it finished."""
        ended = re.compile(f"Process (finished|died): .* job='{job}'")
        wait_for(lambda: ended.search(self.log.read_text()) is not None, 60)  # asking all the time would slow it down
        wait_for(lambda: self.job("finished", job) is not None)
        finished = self.job("finished", job)
        assert finished is not None
        return self.read(finished["log_url"])

    def processes(self) -> list[int]:
        """Return the processes that were begun here, whoever is their parent now, but for Scrapyd's own."""
        found = []
        mark = os.fsencode(self.folder.parent)
        for entry in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if mark in (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
        return [pid for pid in found if pid != self._process.pid]

    def stop(self) -> list[int]:
        """End Scrapyd; return the processes it left, which are ended too."""
        left = self.processes()
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.terminate()
        self._process.wait(timeout=10)
        return left


@pytest.fixture(scope="module", autouse=True)
def environment() -> None:
    """Fail where the packages of the host are not those of the lock."""
    stamp, lock = PROGRAMS.parent / ".stamp", ROOT / "requirements-scrapyd.txt"
    if not stamp.exists() or stamp.read_text() != lock.read_text():
        pytest.fail(".cache/scrapyd is not what requirements-scrapyd.txt says: type `make scrapyd`, or `make test`", pytrace=False)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_project(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory, project: Path) -> Iterator[Host]:
    """A Scrapyd to which the project was deployed; nothing is left when it ends."""
    host = Host(tmp_path_factory.mktemp("host"))
    try:
        answer = host.deploy(project, "--version", "first")
        assert (answer["status"], answer.get("spiders")) == ("ok", len(SPIDERS)), answer
        yield host
    finally:
        left = host.stop()
    assert left == []


def test_the_packages_are_the_locked_ones_alone() -> None:
    (site,) = (PROGRAMS.parent / "lib").glob("python*/site-packages")
    installed = {canonicalize_name(each.name): each.version for each in distributions(path=[str(site)])}
    assert installed.items() <= pins("requirements-scrapyd.txt").items()
    assert {"scrapy", "scrapyd", "playwright"} <= installed.keys()


def test_a_job_crawls_a_mixed_list_with_a_browser(host: Host, lab: LabProcess, clean_lab: None, tmp_path: Path) -> None:
    parts = ("lab.video_square", "bilibili.com/video/BV1g8ioYEE", "lab_photo/status")
    seeds, out = tmp_path / "links.txt", tmp_path / "out"
    seeds.write_text("".join(f"{lab.url(part)}\n" for part in parts))
    job = host.schedule(lab, out, "hybrid", f"JOBDIR={tmp_path / 'jobdir'}", seeds=str(seeds))
    log = host.wait(job)
    done = Crawl(out, stderr=log)
    assert Counter(envelope["code"] for envelope in done.envelopes) == {200: len(parts)}, log
    assert {post["platform"] for post in done.posts} == {"tiktok", "bilibili", "twitter"}
    named = [file["path"] for post in done.posts for medium in post["media"] for file in medium["files"]]
    assert len(named) >= len(parts)
    assert all((out / name).stat().st_size > 0 for name in named)
    info = json.loads((out / "run.json").read_text())
    assert (info["reason"], info["left"], info["spider"]) == ("finished", 0, "hybrid")
    assert re.search(rf"version \S+ of {host.folder}/eggs/scraper/first\.egg/scraper/__init__\.py writes to {out}\n", log)
    assert done.stat("playwright/browser_count") == 1
    assert "JOBDIR is not used" in log
    assert "listening" not in log.lower()  # no console, no remote control
    assert not (tmp_path / "jobdir").exists()
    secrets = secrets_of(lab.given())
    assert len(secrets) > 10
    assert [secret for secret in secrets if secret in log + host.log.read_text()] == []
    assert lab.refused() == []
    wait_for(lambda: host.processes() == [])


def test_jobs_are_cancelled_and_killed_and_the_next_one_takes_over(host: Host, lab: LabProcess, clean_lab: None, tmp_path: Path) -> None:
    number, seeds, out = 40, tmp_path / "links.txt", tmp_path / "out"
    seeds.write_text("".join(f"{many_post(n, 'twitter').url}\n" for n in range(number)))
    done = Crawl(out)

    lab.set_faults(SLOW)

    def start() -> str:
        """Schedule the same list again; return the job's id once it has ended a few seeds."""
        before = lines(out)
        job = host.schedule(lab, out, "twitter", "OPEN_SEEDS=4", "MEDIA=none", seeds=str(seeds))
        wait_for(lambda: (out / "run.json").exists() and lines(out) >= before + 4)
        return job

    cancelled = start()
    assert host.ask("cancel.json", project="scraper", job=cancelled)["prevstate"] == "running"
    host.wait(cancelled)
    info, first = json.loads((out / "run.json").read_text()), done.envelopes
    assert (info["reason"], info["left"]) == ("shutdown", number - len(first))
    assert 0 < info["left"] < number
    assert states(out) == {("todo", 0): number - len(first), ("done", 1): len(first)}  # no seed died of it

    killed = start()
    running = host.job("running", killed)
    assert running is not None
    os.kill(running["pid"], signal.SIGKILL)
    host.wait(killed)  # which Scrapyd calls finished, too
    assert f"Process died: exitstatus=None project='scraper' spider='twitter' job='{killed}'" in host.log.read_text()
    info = json.loads((out / "run.json").read_text())
    assert (info["ended"], info["reason"]) == (None, None)
    assert len(first) < lines(out) < number

    lab.reset()
    assert "the interrupted run in this folder continues" in host.wait(start())
    assert Counter(envelope["seed"] for envelope in done.envelopes) == {f"{n}.1": 1 for n in range(1, number + 1)}
    assert {envelope["code"] for envelope in done.envelopes} == {200}
    assert len(done.posts) == number
    assert done.envelopes[: len(first)] == first
    info = json.loads((out / "run.json").read_text())
    assert (info["reason"], info["left"]) == ("finished", 0)
    assert [part["reason"] for part in info["earlier"]] == ["shutdown", None]


def lines(out: Path) -> int:
    """Return how many envelopes are in *out*, a half one not counted."""
    path = out / "envelopes.jsonl"
    return path.read_bytes().count(b"\n") if path.exists() else 0


def states(out: Path) -> Counter[tuple[str, int]]:
    """Return how many seeds of the ledger in *out* are in which state after how many tries."""
    with closing(sqlite3.connect(out / "ledger.db")) as database:
        return Counter(database.execute("SELECT state, attempts FROM seeds").fetchall())


def test_a_tick_starts_what_is_due_and_starts_it_once(host: Host, lab: LabProcess, tmp_path: Path) -> None:
    seeds, out, path = tmp_path / "links.txt", tmp_path / "out", tmp_path / "schedule.toml"
    seeds.write_text(lab.url("lab_gif/"))
    settings = {"OUTPUT_DIR": out, "SESSION_DIR": tmp_path / "sessions", "PROXY": lab.proxy, "CA_FILE": lab.ca_file, "MEDIA": "none"}
    told = "".join(f'{name} = "{value}"\n' for name, value in settings.items())
    entry = f'[[schedule]]\nname = "daily"\nspider = "twitter"\nseeds = "{seeds}"\ncron = "* * * * *"\n[schedule.settings]\n{told}'
    path.write_text(f'[scrapyd]\nurl = "http://127.0.0.1:{host.port}"\nproject = "scraper"\n{entry}')
    login = {"SCRAPYD_USERNAME": "deploy", "SCRAPYD_PASSWORD": PASSWORD}
    forget_an_hour(path)
    ticked = scrapy("schedule", "tick", "--file", str(path), env=login)
    assert (ticked.returncode, ticked.stderr) == (0, ""), ticked.stderr
    jobs = host.ask("listjobs.json")
    (job,) = {each["id"] for state in ("pending", "running", "finished") for each in jobs[state] if each["id"].startswith("daily-")}
    forget_an_hour(path)  # as if the tick had been killed before it could note that
    assert scrapy("schedule", "tick", "--file", str(path), env=login).returncode == 0
    host.wait(job)
    assert [envelope["code"] for envelope in Crawl(out).envelopes] == [200]
    assert not (out / "runs").exists()
    assert PASSWORD not in ticked.stdout + path.with_name("schedule.state.json").read_text() + host.log.read_text()


def test_wrong_use_is_told_in_the_job_s_log(host: Host, lab: LabProcess, tmp_path: Path) -> None:
    log = host.wait(host.schedule(lab, tmp_path / "out", "twitter", seeds="links.txt"))
    problem = "seeds: expected a whole path on the host of Scrapyd, got links.txt: write seeds=/…/links.txt"
    assert log == f"scrapy crawl: {problem}\n"


def test_a_broken_platform_does_not_stop_the_others(host: Host, project: Path, tmp_path: Path) -> None:
    """The egg of the first deployment, in which one module raises, as ``scrapyd-deploy --egg`` takes it."""
    broken = tmp_path / "broken.egg"
    with zipfile.ZipFile(host.folder / "eggs/scraper/first.egg") as whole, zipfile.ZipFile(broken, "w") as copy:
        for name in whole.namelist():
            copy.writestr(name, "raise RuntimeError" if name == "spiders/twitter/links.py" else whole.read(name))
    answer = host.deploy(project, "--egg", str(broken), "-p", "broken", "--version", "1")
    assert (answer["status"], answer.get("spiders")) == ("ok", len(SPIDERS) - 1), answer
    spiders = json.loads(host.read("/listspiders.json?project=broken&_version=1"))["spiders"]
    assert set(spiders) == SPIDERS - {"twitter"}
