"""
Every fault a media server or a disk can have: a whole crawl with it, then a run that repairs what it left.

Faults that concern one file share a crawl, each on a post of its own, which shows as well that none harms another; `make
soak` gives each a crawl of its own. The last test writes what came of it into docs/reliability.md.
"""

import hashlib
import os
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.lab import media
from tests.lab.catalog import many_post
from tests.lab.process import LabProcess
from tests.support.crawling import Crawl, crawl, scrapy
from tests.support.tree import ROOT

PAGE = ROOT / "docs/reliability.md"
START, END = "<!-- written by tests/crawl/test_faults.py -->", "<!-- end -->"
GIF, FILM = "tweet_video/", "1280x720"
"""In the URL of a small file that comes in one variant, and of the best of several of a larger one."""
FILES = {GIF: "gif.mp4", FILM: "hd-mp4.mp4"}
LINKS = {GIF: "lab_gif/", FILM: "lab_video/"}


@dataclass(frozen=True, slots=True)
class Case:
    """One fault, and what is expected of the crawl that meets it."""

    title: str
    faults: tuple[str, ...]
    """Kinds, with how often."""
    outcome: str
    """``ok``, else the cause on the medium."""
    detail: str = ""
    """Part of what the medium's error says."""
    bytes: int | None = 0
    """At most so many KiB are fetched twice, over both runs; None = the server does not end by itself."""
    target: str = ""
    """Of a fault that has a crawl of its own: in the URL of the file."""


SHARED = (
    Case("the body breaks off, always", ("truncate",), "truncated", bytes=64),
    Case("half a file that claims to be whole", ("cut",), "truncated", bytes=64),
    Case("Content-Length larger than the file", ("longer",), "truncated", bytes=128),
    Case("Content-Length smaller than the file", ("overrun",), "truncated", bytes=128),
    Case("silence in mid-file, always", ("stall",), "timeout", "no byte for 2 s", 64),
    Case("ten bytes a second (slow-loris)", ("slow-10",), "timeout", "MEDIA_MIN_SPEED", 64),
    Case("redirect to a private address", ("to-loopback",), "forbidden"),
    Case("redirect to a foreign host", ("to-away",), "forbidden"),
    Case("redirect to plain http", ("to-plain",), "forbidden"),
    Case("redirect to another port", ("to-port",), "forbidden"),
    Case("redirect to something that is not a URL", ("to-nowhere",), "gone"),
    Case("redirect to a script", ("to-script",), "gone"),
    Case("redirect without a target", ("status-302",), "not_media"),
    Case("500, twice", ("status-500:2",), "ok"),
    Case("500 for ever", ("status-500",), "timeout", "500"),
    Case("403, once", ("status-403:1",), "ok"),
    Case("403 for ever", ("status-403",), "forbidden", "403"),
    Case("404", ("status-404",), "gone"),
    Case("410", ("status-410",), "gone"),
    Case("a gzip bomb", ("bomb",), "not_media", "encoded", 1024),
    Case("a body that claims to be gzip and is not", ("gzip",), "not_media", "encoded", 64),
    Case("a body without an end", ("endless",), "too_large", "MEDIA_MAXSIZE", None),
    Case("an HTML page with 200", ("html",), "not_media", "an HTML page", 1),
    Case("JSON with 200", ("json",), "not_media", "JSON", 1),
    Case("150 bytes of junk", ("junk",), "not_media", "unknown format", 1),
    Case("an empty body with 200", ("empty",), "not_media", "an empty file"),
    Case("a picture instead of a video", ("picture",), "not_media", "got image", 64),
    Case("the right bytes, declared as text", ("mislabelled",), "ok"),
    Case("an answer that is not HTTP", ("header",), "truncated", "not HTTP", 128),
    Case("a zeroed middle, VERIFY=full", ("hole",), "truncated", "damaged", 64),
)
"""Each concerns the file that it is set on, and nothing else."""
ALONE = (
    Case("the body breaks off, once", ("truncate:1",), "ok", bytes=64, target=FILM),
    Case("connection reset, once", ("reset:1",), "ok", bytes=320, target=FILM),
    Case("silence in mid-file, once", ("stall:1",), "ok", bytes=64, target=FILM),
    Case("416 in mid-file", ("reset:1", "status-416:1"), "ok", bytes=320, target=FILM),
    Case("another file in mid-file", ("reset:1", "changed:1"), "ok", bytes=320, target=FILM),
    Case("redirects in a loop", ("to-itself",), "gone", "redirects", target=GIF),
    Case("429 with seconds, twice", ("status-429:2",), "ok", target=GIF),
    Case("429 with a date, once", ("busy-until:1",), "ok", target=GIF),
    Case("429 for ever", ("status-429",), "timeout", "429", target=GIF),
    Case("no TLS, once", ("tls:1",), "ok", target=GIF),
)
"""Each concerns a whole server, or goes on in the middle of a file that is large enough for that."""
SETTINGS: dict[str, Any] = {"MEDIA_IDLE_TIMEOUT": 2, "MEDIA_MAXSIZE": "3M", "VERIFY": "full"}
_FOUND: list[tuple[str, str, str, str]] = []


def run(lab: LabProcess, folder: Path, target: str, **settings: Any) -> Crawl:
    return crawl(lab, folder, "-a", f"urls={lab.url(LINKS[target])}", spider="twitter", **settings)


def sent(lab: LabProcess) -> int:
    """Return how many bytes of video the lab has sent."""
    return sum(record.bytes for record in lab.log() if ".mp4" in record.target)


def finals(done: Crawl) -> list[Path]:
    """Return what has a final name."""
    found = (path for path in (done.folder / "media").rglob("*") if path.is_file())
    return [path for path in found if not path.name.endswith((".part", ".part.json"))]


def note(title: str, outcome: str, repaired: str, twice: str) -> None:
    _FOUND.append((title, outcome, repaired, twice))


def in_words(most: int | None) -> str:
    return "no limit but `MEDIA_MAXSIZE`" if most is None else f"at most {most} KiB" if most else "none"


@pytest.fixture
def quiet_lab(lab: LabProcess) -> Iterator[LabProcess]:
    lab.reset()
    yield lab
    lab.reset()


def specs(case: Case, pattern: str) -> list[str]:
    """Return *case* as the lab takes it."""
    parts = (fault.partition(":") for fault in case.faults)
    return [f"{kind}:{'video.twimg.com' if kind == 'tls' else pattern}{colon}{times}" for kind, colon, times in parts]


def check_first(case: Case, envelope: dict[str, Any]) -> None:
    """See that the crawl that met the fault says what it was."""
    (medium,), error = envelope["data"]["media"], envelope["error"]
    if case.outcome == "ok":
        assert (envelope["code"], medium["error"]) == (200, None), case.title
    else:
        assert (envelope["code"], error["code"]) == (502, "media_failed"), case.title
        assert medium["error"].startswith(f"{case.outcome}: "), case.title
        assert case.detail in medium["error"], case.title
        assert medium["files"] == [], case.title


def check_last(case: Case, path: Path, sha256: str, whole: bytes, again: int) -> None:
    """See that the file is whole in the end, and note what it took."""
    assert path.read_bytes()[: len(whole)] == whole, case.title
    assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256, case.title
    assert case.bytes is None or again <= case.bytes * 1024, case.title
    outcome, repaired = ("ok", "nothing to repair") if case.outcome == "ok" else (f"`{case.outcome}`", "whole")
    note(case.title, outcome, repaired, in_words(case.bytes))


def meet(lab: LabProcess, folder: Path, cases: Sequence[Case]) -> None:
    """Crawl a post for each of *cases*, whose file has its fault, and then what has failed once more."""
    media.ensure(["tiny"])
    whole = (media.cache_dir() / "tiny.mp4").read_bytes()
    posts = [many_post(number, "twitter") for number in range(len(cases))]
    seeds = folder / "seeds.txt"
    seeds.write_text("\n".join(post.url for post in posts))
    arguments = ("-a", f"seeds={seeds}")
    lab.set_faults(*(spec for case, post in zip(cases, posts, strict=True) for spec in specs(case, f"post={post.id}")))
    done = crawl(lab, folder, *arguments, spider="twitter", **SETTINGS)
    assert "Traceback" not in done.stderr
    assert lab.refused() == []
    assert len(done.envelopes) == len(cases)
    for case, post in zip(cases, posts, strict=True):
        check_first(case, done.by_url[post.url])
        assert any(post.id in path.name for path in finals(done)) == (case.outcome == "ok"), case.title
    lab.set_faults()
    if any(case.outcome != "ok" for case in cases):
        done = crawl(lab, folder, *arguments, spider="twitter", RETRY="failed", **SETTINGS)
    assert (done.code, {envelope["code"] for envelope in done.envelopes}) == (0, {200})
    for case, post in zip(cases, posts, strict=True):
        (file,) = done.by_url[post.url]["data"]["media"][0]["files"]
        again = sum(record.bytes for record in lab.log() if f"post={post.id}" in record.target) - len(whole)
        check_last(case, done.folder / file["path"], file["sha256"], whole, again)


def test_faults_of_a_file(quiet_lab: LabProcess, tmp_path: Path) -> None:
    meet(quiet_lab, tmp_path, SHARED)


@pytest.mark.soak
@pytest.mark.parametrize("case", SHARED, ids=[case.title for case in SHARED])
def test_a_fault_of_a_file_alone(quiet_lab: LabProcess, tmp_path: Path, case: Case) -> None:
    meet(quiet_lab, tmp_path, [case])


@pytest.mark.parametrize("case", ALONE, ids=[case.title for case in ALONE])
def test_a_fault_of_a_server(quiet_lab: LabProcess, tmp_path: Path, case: Case) -> None:
    lab, whole = quiet_lab, (media.cache_dir() / FILES[case.target]).read_bytes()
    lab.set_faults(*specs(case, case.target))
    done = run(lab, tmp_path, case.target, **SETTINGS)
    assert "Traceback" not in done.stderr
    assert lab.refused() == []
    (envelope,) = done.envelopes
    check_first(case, envelope)
    lab.set_faults()
    if case.outcome != "ok":
        assert finals(done) == []
        done = run(lab, tmp_path, case.target, RETRY="failed")
    assert (done.code, [line["code"] for line in done.envelopes]) == (0, [200])
    (path,) = finals(done)
    check_last(case, path, done.posts[0]["media"][0]["files"][0]["sha256"], whole, sent(lab) - len(whole))


def test_a_server_that_keeps_a_half_file_falls_back(quiet_lab: LabProcess, tmp_path: Path) -> None:
    """Only the best variant is broken: the next one is taken, and the record says so."""
    quiet_lab.set_faults(f"cut:{FILM}")
    done = run(quiet_lab, tmp_path, FILM)
    assert done.code == 0
    assert "fallback:1:truncated" in done.posts[0]["warnings"]
    note("the best variant is broken", "ok, the next one with a warning", "nothing to repair", "none")


DISK = """
set -e
mkdir -p "$OUT/media"
mount -t tmpfs -o {options} tmpfs "$OUT/media"
"$@" >"$OUT/../first.out" 2>"$OUT/../first.err" || true
cp "$OUT/envelopes.jsonl" "$OUT/../first.jsonl"
find "$OUT/media" -type f >"$OUT/../first.files"
mount -o remount,rw,size=64m "$OUT/media"
"$@" -s RETRY=failed >"$OUT/../second.out" 2>"$OUT/../second.err"
find "$OUT/media" -name '*.mp4' -size +500k >"$OUT/../second.files"
"""


def has_mounts() -> bool:
    """Whether a user of this machine may mount, in a namespace of their own."""
    try:
        return subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


@pytest.mark.skipif(not has_mounts(), reason="no namespaces for mounts here")
@pytest.mark.parametrize(
    ("title", "options", "code", "says"),
    [
        ("the disk is full", "size=200k", 507, "disk_full"),
        ("the media folder is read-only", "ro", 502, "truncated: its folder cannot be created: Read-only file system"),
    ],
)  # fmt: skip
def test_a_disk_fault(quiet_lab: LabProcess, tmp_path: Path, title: str, options: str, code: int, says: str) -> None:
    lab, out = quiet_lab, tmp_path / "out"
    given = {
        "OUTPUT_DIR": out,
        "SESSION_DIR": tmp_path / "sessions",
        "POLITE": 0,
        "PROXY": lab.proxy,
        "CA_FILE": lab.ca_file,
        "MIN_FREE": 0,
    }
    command = [
        os.fspath(ROOT / ".venv/bin/python"),
        "-m",
        "scrapy",
        "crawl",
        "twitter",
        "-a",
        f"urls={lab.url(LINKS[FILM])}",
    ]
    command += [part for name, value in given.items() for part in ("-s", f"{name}={value}")]
    script = ["unshare", "-rm", "sh", "-c", DISK.format(options=options), "sh", *command]
    subprocess.run(script, cwd=ROOT, env={**os.environ, "OUT": str(out)}, check=True, timeout=120)
    (line,) = (tmp_path / "first.jsonl").read_text().splitlines()
    assert f'"code":{code}' in line
    assert says in line
    assert "Traceback" not in (tmp_path / "first.err").read_text()
    assert not [name for name in (tmp_path / "first.files").read_text().splitlines() if name.endswith(".mp4")]
    assert (tmp_path / "second.files").read_text().count("\n") == 1
    note(title, f"`{says.partition(':')[0]}`", "whole", "at most 256 KiB")
    sent_twice = sent(lab) - len((media.cache_dir() / FILES[FILM]).read_bytes())
    assert sent_twice <= 1 << 20


def test_a_folder_that_cannot_be_written_is_said_before_the_start(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    done = scrapy("crawl", "twitter", "-a", "urls=x.com/a/status/1", "-s", f"OUTPUT_DIR={tmp_path / 'out'}")
    assert (done.returncode, done.stderr.count("\n"), done.stderr.startswith("scrapy crawl: OUTPUT_DIR: ")) == (
        2,
        1,
        True,
    )
    note("`OUTPUT_DIR` cannot be written", "exit code 2, one line", "after another folder is given", "none")


def test_the_table_is_that_of_this_run() -> None:
    """The page is written anew where it is not, and then has to be committed."""
    if len(_FOUND) != len(SHARED) + len(ALONE) + 4:
        pytest.skip("only some of the faults were tried")
    rows = [f"| {' | '.join(row)} |" for row in _FOUND]
    table = "\n".join(["| Fault | Outcome | The next run | Bytes fetched twice |", "|---|---|---|---|", *rows])
    text = PAGE.read_text("utf-8")
    before, _, rest = text.partition(START)
    written = f"{before}{START}\n{table}\n{END}{rest.partition(END)[2]}"
    if written != text:
        PAGE.write_text(written, "utf-8")
        pytest.fail("docs/reliability.md was of another run: it has been written anew, look at it and commit it")
