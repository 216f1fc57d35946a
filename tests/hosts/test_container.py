"""The steps of the Containerfile, as far as they go without an engine: what it copies and sets, as a user that is not root."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Mapping
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.lab.process import LabProcess
from tests.support.tree import ROOT

NOBODY = 65534
STEPS = re.sub(r"\\\n\s*", "", (ROOT / "Containerfile").read_text("utf-8")).splitlines()
COPIED = [line.split()[1:] for line in STEPS if line.startswith("COPY ")]
SET = dict(line.removeprefix("ENV ").split("=", 1) for line in STEPS if line.startswith("ENV "))
IGNORE = [line for line in (ROOT / ".containerignore").read_text("utf-8").splitlines() if line and not line.startswith("#")]


def goes_in(path: str) -> bool:
    """Whether .containerignore lets *path* in: the last rule that fits decides."""
    verdict = True
    for rule in IGNORE:
        bare = rule.removeprefix("!").removeprefix("**/")
        parts = path.split("/")
        fits = any(fnmatch(part, bare) for part in parts) if rule.startswith("**/") else fnmatch(parts[0], bare)
        verdict = rule.startswith("!") if fits else verdict
    return verdict


def run(folder: Path, *args: str, stdin: str = "", **env: str) -> "subprocess.CompletedProcess[str]":
    """Run ``scrapy`` as the image does: its variables alone, no rights but to read, only the volume can be written."""
    command = [sys.executable, "-m", "scrapy", *args]
    if os.geteuid() == 0:
        drop = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        # The interpreter may lie where only root can look.
        command = [*drop, "--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search", *command]
    environ = {name: value.replace("/data", str(folder / "data")) for name, value in SET.items()}
    environ |= {"PATH": os.environ["PATH"], **env}
    return subprocess.run(
        command, cwd=folder / "app", env=environ, input=stdin, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with /app as the image has it, and an empty volume."""
    folder = tmp_path_factory.mktemp("image")
    app, data = folder / "app", folder / "data"
    for source, target in COPIED:
        for path in [ROOT / source, *(ROOT / source).rglob("*")]:
            name = path.relative_to(ROOT).as_posix()
            if path.is_file() and goes_in(name):
                place = app / target / path.relative_to(ROOT / source) if (ROOT / source).is_dir() else app / name
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, place)
    data.mkdir()
    if os.geteuid() == 0:
        os.chown(data, NOBODY, NOBODY)
        for each in (folder, *(parent for parent in folder.parents if parent.name.startswith(("pytest-", "popen-")))):
            each.chmod(each.stat().st_mode | 0o055)
    return folder


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_the_image_is_not_root_has_one_volume_and_no_secret(image: Path) -> None:
    assert [line for line in STEPS if line.startswith(("USER", "VOLUME", "ENTRYPOINT"))] == [
        "USER scraper", "VOLUME /data", 'ENTRYPOINT ["tini", "--", "scrapy"]',
    ]  # fmt: skip
    assert {value.split("/")[1] for name, value in SET.items() if name.startswith("SCRAPER_") or name == "HOME"} == {"data"}
    assert IGNORE[0] == "*"
    for name in ("config/tiktok_web/config.yaml", "out/envelopes.jsonl", ".venv/bin/python", ".git/config", "tests/lab/lab.py"):
        assert not goes_in(name)
    inside = files(image / "app")
    assert {"scrapy.cfg", "requirements.txt", "scraper/settings.py", "spiders/hybrid.py", "examples/seeds.txt"} <= inside
    assert not [name for name in inside if "__pycache__" in name]
    assert (ROOT / ".containerignore").read_text() == (ROOT / ".dockerignore").read_text()


def test_cookies_change_in_the_volume_without_a_rebuild(image: Path) -> None:
    before = files(image / "app")
    done = run(image, "cookies", "set", "tiktok_web", "-", stdin="sessionid=abcdefgh12345678; a=b")
    assert done.returncode == 0, done.stderr
    path = image / "data/config/tiktok_web/config.yaml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.geteuid() != 0 or path.stat().st_uid == NOBODY
    path.write_text(path.read_text().replace("sessionid=abcdefgh12345678; ", ""))
    listed = run(image, "cookies", "list", "--json")
    status: Mapping[str, object] = next(each for each in map(json.loads, listed.stdout.splitlines()) if each["service"] == "tiktok_web")
    assert status["login"] is False
    assert run(image, "cookies", "clear", "tiktok_web").returncode == 0
    assert files(image / "app") == before


def test_a_crawl_writes_to_the_volume_alone(image: Path, lab: LabProcess, clean_lab: None) -> None:
    authority = image / "ca.pem"
    shutil.copy(lab.ca_file, authority)
    authority.chmod(0o644)
    before = files(image / "app")
    url = lab.url("lab.video_square")
    done = run(image, "crawl", "tiktok", "-a", f"urls={url}", SCRAPER_PROXY=lab.proxy, SCRAPER_CA_FILE=str(authority))
    assert done.returncode == 0, done.stderr[-3000:]
    assert "1 of 1 seeds ok" in done.stdout
    assert files(image / "app") == before
    written = files(image / "data")
    assert "out/envelopes.jsonl" in written
    assert [name for name in written if name.startswith("out/media/tiktok/") and name.endswith(".mp4")]
    (session,) = [name for name in written if name.startswith("sessions/")]
    assert stat.S_IMODE((image / "data" / session).stat().st_mode) == 0o600
