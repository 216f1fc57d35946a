"""``scrapy get``, ``batch`` and ``resolve`` as a person runs them, in a terminal and in a pipe."""

import json
import re
import shlex
import shutil
import subprocess
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from scrapy.commands import ScrapyCommand

from tests.lab.process import LabProcess
from tests.support.crawling import in_terminal, scrapy, small_browser


def options(lab: LabProcess, folder: Path) -> list[str]:
    """Return the settings of all these runs: they share their guests."""
    sessions = folder.parent / "sessions"
    settings = {"PROXY": lab.proxy, "CA_FILE": lab.ca_file, "SESSION_DIR": str(sessions), "POLITE": "0", "BROWSER_EXECUTABLE": small_browser()}
    return [option for name, value in settings.items() for option in ("-s", f"{name}={value}")]


def run(lab: LabProcess, folder: Path, command: str, *args: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    output = [] if command == "resolve" else ["-o", str(folder / "out")]
    return scrapy(command, *options(lab, folder), *output, *args, stdin=stdin)


def test_get_prints_metrics_and_paths_and_nothing_else(lab: LabProcess, tmp_path: Path) -> None:
    done = run(lab, tmp_path, "get", lab.url("lab.video_bitrates"))
    assert (done.returncode, done.stderr) == (0, "")
    told = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
    post = json.loads((tmp_path / "out/posts.jsonl").read_text())
    assert list(told) == ["video_id", "author", "likes", "comments", "shares", "plays", "duration_ms", "resolution", "file"]
    assert (told["video_id"], told["author"]) == (post["id"], "lab.video_bitrates")
    assert [int(told[name]) for name in ("likes", "comments", "shares", "plays")] == [
        post["stats"][name] for name in ("likes", "comments", "shares", "plays")
    ]
    probe = post["media"][0]["files"][0]["probe"]
    assert told["resolution"] == f"{probe['width']}x{probe['height']}"
    assert int(told["duration_ms"]) == pytest.approx(probe["duration"] * 1000, abs=1)
    assert Path(told["file"]).stat().st_size == post["media"][0]["files"][0]["bytes"]


def test_get_as_json_from_a_pipe_with_a_watermark(lab: LabProcess, tmp_path: Path) -> None:
    text = f"Look at this! {lab.url('lab.video_portrait')} it is great"
    done = run(lab, tmp_path, "get", "--json", "--watermark", "both", "-", stdin=text)
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert (told["code"], told["error"], told["video_id"]) == (200, None, lab.url("lab.video_portrait").rpartition("/")[2])
    assert [Path(path).exists() for path in told["files"]] == [True, True]
    assert "_watermark" in told["files"][1]


def test_a_share_text_of_several_lines_is_its_link(lab: LabProcess, tmp_path: Path) -> None:
    done = run(lab, tmp_path, "get", "--json", "-", stdin=f"look at this\n# {lab.url('lab_gif/')}\nfrom the app\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["author"] == "lab_gif"


def test_a_post_of_which_a_picture_is_missing_is_no_success(lab: LabProcess, tmp_path: Path) -> None:
    url = lab.url("lab.photo_one_gone")
    done = run(lab, tmp_path, "batch", "-", stdin=url)
    got = run(lab, tmp_path, "get", url)
    assert got.returncode == done.returncode == 1
    assert done.stdout.startswith(f"FAIL         {url}")
    assert "; missing: medium " in done.stdout
    assert got.stderr.startswith("scrapy get: medium ")


@pytest.mark.parametrize(
    ("name", "code", "says"),
    [
        ("lab_deleted/", 4, "removed: The post is not on Twitter/X any more"),
        ("lab_photo_gone/", 1, "media_failed: The post was read but none of its media"),
        ("nothing here", 2, "expected one link, got none: give one link or share text"),
        ("https://x.com/a/status/20 https://x.com/a/status/21", 2, "expected one link, got 2: use scrapy batch"),
        ("--wrong", 2, "--wrong: is no option: scrapy get --help lists them"),
    ],
)
def test_get_ends_as_it_must(lab: LabProcess, tmp_path: Path, name: str, code: int, says: str) -> None:
    done = run(lab, tmp_path, "get", lab.url(name) if name.startswith("lab") else name)
    assert done.returncode == code
    assert done.stderr.startswith(f"scrapy get: {says}")
    assert len(done.stderr.splitlines()) == 1


def test_batch_prints_a_line_a_link_sorted_by_url(lab: LabProcess, tmp_path: Path) -> None:
    urls = [lab.url(name) for name in ("lab_video/", "lab_gif/", "lab_deleted/", "lab_photo_gone/")]
    seeds = tmp_path / "links.txt"
    seeds.write_text("# mine\n\n" + "\n".join([*urls, f"{urls[1]}?s=20"]) + "\n")
    done = run(lab, tmp_path, "batch", str(seeds), "--max-workers", "99")
    assert done.returncode == 1
    *told, total = done.stdout.splitlines()
    lines = [line.split(maxsplit=2) for line in told]
    assert [line[1] for line in lines] == sorted([*urls, f"{urls[1]}?s=20"])
    ends = {url: (end, text) for end, url, text in lines}
    assert {url: end for url, (end, _) in ends.items()} == {
        **dict.fromkeys(urls[:2], "OK"), **dict.fromkeys(urls[2:], "FAIL"), f"{urls[1]}?s=20": "OK",
    }  # fmt: skip
    assert Path(ends[urls[0]][1]).exists()
    assert ends[urls[2]][1].startswith("removed: ")
    assert (total, done.stderr) == (f"3 ok, 2 failed; everything is in {tmp_path / 'out'}", "")
    settings = json.loads((tmp_path / "out/run.json").read_text())["settings"]
    assert (settings["OPEN_SEEDS"], settings["MEDIA_CONCURRENCY"]) == (10, 10)


@pytest.mark.parametrize(
    ("args", "stdin", "says"),
    [
        (("-",), "# none\n", "the list holds no link: write one link or share text a line"),
        (("/nowhere.txt",), "", "seeds: cannot read /nowhere.txt: No such file or directory"),
        (("-", "--max-workers", "many"), "", "--max-workers: expected a whole number, got 'many'"),
    ],
)
def test_batch_without_links_is_wrong_use(lab: LabProcess, tmp_path: Path, args: tuple[str, ...], stdin: str, says: str) -> None:
    done = run(lab, tmp_path, "batch", *args, stdin=stdin)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1].startswith(f"scrapy batch: {says}")


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("name", ["lab.video_bitrates", "lab_mixed/"])
def test_what_resolve_says_to_curl_works(lab: LabProcess, tmp_path: Path, name: str) -> None:
    jar = tmp_path / "jar.txt"
    done = run(lab, tmp_path, "resolve", "--cookies", str(jar), lab.url(name))
    assert (done.returncode, done.stderr) == (0, "")
    record, *lines = done.stdout.splitlines()
    found: Any = json.loads(record)
    assert found["url"] == lab.url(name)
    assert [medium["files"] for medium in found["media"]] == [[]] * len(found["media"])
    assert oct(jar.stat().st_mode & 0o777) == "0o600"
    values = [line.split("\t")[6] for line in jar.read_text().splitlines() if line.count("\t") == 6]
    assert bool(values) == (name == "lab.video_bitrates")
    assert not [value for value in values if value.strip('"') in done.stdout]
    assert len(lines) == (4 if name == "lab_mixed/" else 1)
    for line in lines:
        words = shlex.split(line)
        assert words[0] == "curl"
        got = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (got.returncode, got.stderr) == (0, "")
        assert (tmp_path / words[words.index("--output") + 1]).stat().st_size > 5000
    if values:
        bare = [word for word in shlex.split(lines[0]) if word not in ("--cookie", str(jar))]
        assert subprocess.run(bare, cwd=tmp_path, capture_output=True, check=False).returncode == 22


def test_resolve_ends_as_it_must(lab: LabProcess, tmp_path: Path) -> None:
    gone = run(lab, tmp_path, "resolve", lab.url("lab_deleted/"))
    assert (gone.returncode, gone.stdout) == (4, "")
    assert gone.stderr.startswith("scrapy resolve: removed: ")
    wrong = run(lab, tmp_path, "resolve", "no link")
    assert (wrong.returncode, wrong.stderr) == (2, "scrapy resolve: expected one link, got none: give one link or share text\n")
    nowhere = run(lab, tmp_path, "resolve", "--cookies", "/proc/none/jar", lab.url("lab_photo/"))
    assert nowhere.returncode == 2
    assert "--cookies: cannot write /proc/none/jar: " in nowhere.stderr


def test_a_terminal_gets_colours(lab: LabProcess, tmp_path: Path) -> None:
    text = in_terminal("get", *options(lab, tmp_path), "-o", str(tmp_path / "out"), lab.url("lab_gif/"), columns=120)
    assert re.search(r"\x1b\[[0-9;]*32m[^\x1b]*twitter_\d+_1\.mp4", text)
    assert re.search(r"lab_gif", text)


@pytest.mark.parametrize("name", ["get", "batch", "resolve", "forget", "report", "summary", "payload", "links", "cookies", "doctor"])
def test_help_has_an_example(name: str) -> None:
    command: ScrapyCommand = import_module(f"scraper.commands.{name}").Command()
    assert re.search(rf"Example: scrapy {name} |: scrapy {name} ", command.long_desc())
    assert command.short_desc()
