"""
Every fault a media server or a disk can have: a whole crawl with it, then a run that repairs what it left.

The last test writes what came of it into docs/reliability.md.
"""

import hashlib
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.crawling import ROOT, Crawl, crawl, scrapy
from tests.lab import media
from tests.lab.process import LabProcess

PAGE = ROOT / "docs/reliability.md"
START, END = "<!-- written by tests/test_faults.py -->", "<!-- end -->"
GIF, FILM = "tweet_video/", "1280x720"
"""In the URL of a small file that comes in one variant, and of the best of several of a larger one."""
FILES = {GIF: "gif.mp4", FILM: "hd-mp4.mp4"}
LINKS = {GIF: "lab_gif/", FILM: "lab_video/"}


@dataclass(frozen=True, slots=True)
class Case:
    """One fault, and what is expected of the crawl that meets it."""

    title: str
    faults: tuple[str, ...]
    """Kinds with how often, for the URL of *target*."""
    outcome: str
    """``ok``, else the cause on the medium."""
    target: str = GIF
    settings: tuple[tuple[str, str], ...] = ()
    detail: str = ""
    """Part of what the medium's error says."""
    bytes: int | None = 0
    """At most so many KiB are fetched twice, over both runs; None = the server does not end by itself."""


CASES = (
    Case("the body breaks off, once", ("truncate:1",), "ok", FILM, bytes=64),
    Case("the body breaks off, always", ("truncate",), "truncated", bytes=256),
    Case("connection reset, once", ("reset:1",), "ok", FILM, bytes=64),
    Case("half a file that says it is whole", ("cut",), "truncated", bytes=64),
    Case("Content-Length larger than the file", ("longer",), "truncated", bytes=384),
    Case("Content-Length smaller than the file", ("overrun",), "truncated", bytes=320),
    Case("silence in mid-file, once", ("stall:1",), "ok", FILM, (("MEDIA_IDLE_TIMEOUT", "1"),), bytes=64),
    Case("silence in mid-file, always", ("stall",), "timeout", GIF, (("MEDIA_IDLE_TIMEOUT", "1"),), bytes=256),
    Case(
        "ten bytes a second (slow-loris)",
        ("slow-10",),
        "timeout",
        GIF,
        (("MEDIA_IDLE_TIMEOUT", "1"),),
        "MEDIA_MIN_SPEED",
        64,
    ),
    Case("redirects in a circle", ("to-itself",), "gone", detail="redirects"),
    Case("redirect to a private address", ("to-loopback",), "forbidden"),
    Case("redirect to a foreign host", ("to-away",), "forbidden"),
    Case("redirect to plain http", ("to-plain",), "forbidden"),
    Case("redirect to another port", ("to-port",), "forbidden"),
    Case("redirect to what is no URL", ("to-nowhere",), "gone"),
    Case("redirect to a script", ("to-script",), "gone"),
    Case("redirect without a target", ("status-302",), "not_media"),
    Case("429 with seconds, twice", ("status-429:2",), "ok"),
    Case("429 with a date, once", ("busy-until:1",), "ok"),
    Case("429 for ever", ("status-429",), "timeout", detail="429"),
    Case("500, twice", ("status-500:2",), "ok"),
    Case("500 for ever", ("status-500",), "timeout", detail="500"),
    Case("403, once", ("status-403:1",), "ok"),
    Case("403 for ever", ("status-403",), "forbidden", detail="403"),
    Case("404", ("status-404",), "gone"),
    Case("410", ("status-410",), "gone"),
    Case("416 in mid-file", ("reset:1", "status-416:1"), "ok", FILM, bytes=320),
    Case("another file in mid-file", ("reset:1", "changed:1"), "ok", FILM, bytes=320),
    Case("a gzip bomb", ("bomb",), "not_media", detail="encoded", bytes=1024),
    Case("gzip that is none", ("gzip",), "not_media", detail="encoded", bytes=128),
    Case("a body without an end", ("endless",), "too_large", GIF, (("MEDIA_MAXSIZE", "3M"),), "MEDIA_MAXSIZE", None),
    Case("an HTML page with 200", ("html",), "not_media", detail="an HTML page", bytes=1),
    Case("JSON with 200", ("json",), "not_media", detail="JSON", bytes=1),
    Case("150 bytes of junk", ("junk",), "not_media", detail="no known format", bytes=1),
    Case("nothing with 200", ("empty",), "not_media", detail="an empty file"),
    Case("a picture instead of a video", ("picture",), "not_media", detail="got image", bytes=64),
    Case("the right bytes, called text", ("mislabelled",), "ok"),
    Case("an answer that is no HTTP", ("header",), "truncated", bytes=320),
    Case("no TLS, once", ("tls:1",), "ok"),
    Case("a zeroed middle, VERIFY=full", ("hole",), "truncated", GIF, (("VERIFY", "full"),), "damaged", 128),
)
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
    return "no end of it: `MEDIA_MAXSIZE` is" if most is None else f"at most {most} KiB" if most else "none"


@pytest.fixture
def quiet_lab(lab: LabProcess) -> Iterator[LabProcess]:
    lab.reset()
    yield lab
    lab.reset()


@pytest.mark.parametrize("case", CASES, ids=[case.title for case in CASES])
def test_a_fault(quiet_lab: LabProcess, tmp_path: Path, case: Case) -> None:
    lab, whole = quiet_lab, (media.cache_dir() / FILES[case.target]).read_bytes()
    patterns = ["video.twimg.com" if fault.startswith("tls") else case.target for fault in case.faults]
    specs = [
        ":".join([kind, pattern, *times])
        for (kind, *times), pattern in zip((f.split(":") for f in case.faults), patterns, strict=True)
    ]
    lab.set_faults(*specs)
    done = run(lab, tmp_path, case.target, **dict(case.settings))
    (envelope,), (medium,) = done.envelopes, done.posts[0]["media"]
    assert "Traceback" not in done.stderr
    assert lab.refused() == []
    if case.outcome == "ok":
        assert (done.code, envelope["code"], medium["error"]) == (0, 200, None)
        repaired = "nothing to repair"
    else:
        assert (done.code, envelope["code"], envelope["error"]["code"]) == (1, 502, "media_failed")
        assert medium["error"].startswith(f"{case.outcome}: ")
        assert case.detail in medium["error"]
        assert finals(done) == []
        lab.set_faults()
        done = run(lab, tmp_path, case.target, RETRY="failed")
        assert (done.code, [line["code"] for line in done.envelopes]) == (0, [200])
        repaired = "whole"
    (file,) = finals(done)
    assert file.read_bytes()[: len(whole)] == whole
    assert hashlib.sha256(file.read_bytes()).hexdigest() == done.posts[0]["media"][0]["files"][0]["sha256"]
    if case.bytes is not None:
        assert sent(lab) - len(whole) <= case.bytes * 1024
    note(case.title, case.outcome if case.outcome == "ok" else f"`{case.outcome}`", repaired, in_words(case.bytes))


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
        ("the media folder is read-only", "ro", 502, "truncated: its folder cannot be made: Read-only file system"),
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
    if len(_FOUND) != len(CASES) + 4:
        pytest.skip("only some of the faults were tried")
    rows = [f"| {' | '.join(row)} |" for row in _FOUND]
    table = "\n".join(["| Fault | Outcome | The next run | Bytes fetched twice |", "|---|---|---|---|", *rows])
    text = PAGE.read_text("utf-8")
    before, _, rest = text.partition(START)
    written = f"{before}{START}\n{table}\n{END}{rest.partition(END)[2]}"
    if written != text:
        PAGE.write_text(written, "utf-8")
        pytest.fail("docs/reliability.md was of another run: it has been written anew, look at it and commit it")
