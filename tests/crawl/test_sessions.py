"""A session that is not believed is replaced, at most twice a seed; a page that misbehaves ends with its cause."""

import json
import shutil
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.lab.log import Record
from tests.lab.process import LabProcess
from tests.support.crawling import crawl
from tests.support.labs import StartLab

PAGE = "lab.video_square/video"


def navigations(log: list[Record]) -> list[str]:
    return [record.target for record in log if record.headers.get("sec-fetch-mode") == "navigate"]


@pytest.mark.parametrize("kind", ["firewall", "empty", "status-403", "key-empty"])
def test_a_refused_session_is_replaced_and_the_post_comes(start_lab: StartLab, tmp_path: Path, kind: str) -> None:
    lab = start_lab("--fault", f"{kind}:{PAGE}:1")
    done = crawl(lab, tmp_path, "-a", f"urls={lab.url('lab.video_square')}", spider="tiktok", MEDIA="none")
    assert done.code == 0, done.stderr[-3000:]
    assert done.stat("session/minted/tiktok") == 2
    assert done.stat("session/refused/tiktok") == 1
    assert done.posts[0]["provenance"]["tries"] == 2


def test_the_second_replacement_navigates_for_real(start_lab: StartLab, tmp_path: Path) -> None:
    lab = start_lab("--fault", f"firewall:{PAGE}:2")
    done = crawl(lab, tmp_path, "-a", f"urls={lab.url('lab.video_square')}", spider="tiktok")
    assert done.code == 0, done.stderr[-3000:]
    assert done.posts[0]["provenance"]["via"] == "navigate"
    assert done.posts[0]["media"][0]["files"]
    assert [target for target in navigations(lab.log()) if PAGE in target]


def test_a_platform_that_refuses_on_ends_as_challenge_saying_what_was_tried(start_lab: StartLab, tmp_path: Path) -> None:
    lab = start_lab("--fault", f"firewall:{PAGE}")
    done = crawl(lab, tmp_path, "-a", f"urls={lab.url('lab.video_square')}", spider="tiktok")
    (envelope,) = done.envelopes
    assert (done.code, envelope["code"], envelope["error"]["code"]) == (1, 403, "challenge")
    assert envelope["error"]["retryable"] is True
    assert "page: firewall page, page: firewall page, navigate: firewall page" in envelope["error"]["raw_message"]
    assert done.stat("session/minted/tiktok") == 3


def test_no_guest_cookies_no_session(start_lab: StartLab, tmp_path: Path) -> None:
    lab = start_lab("--fault", "html:www.tiktok.com/$")
    done = crawl(lab, tmp_path, "-a", f"urls={lab.url('lab.video_square')} {lab.url('lab.video_long')}", spider="tiktok", MINT_TIMEOUT=2)
    assert [envelope["error"]["code"] for envelope in done.envelopes] == ["challenge", "challenge"]
    assert "did not set the guest cookies" in done.envelopes[0]["error"]["raw_message"]
    assert done.stat("session/failed/tiktok") == 1


@pytest.mark.parametrize(("fault", "code"), [("status-429", "rate_limited"), ("status-503", "timeout"), ("stall", "timeout")])
def test_an_overloaded_platform_is_told_from_a_removed_post(
    start_lab: StartLab, tmp_path: Path, fault: str, code: str
) -> None:
    lab = start_lab("--fault", f"{fault}:{PAGE}")
    done = crawl(lab, tmp_path, "-a", f"urls={lab.url('lab.video_square')}", spider="tiktok", PAGE_TIMEOUT=2)
    (envelope,) = done.envelopes
    assert envelope["error"]["code"] == code
    assert envelope["error"]["retryable"] is True


def test_a_saved_session_of_another_run_is_renewed_when_refused(start_lab: StartLab, tmp_path: Path) -> None:
    """A lab of another run does not believe the cookies of this one."""
    first, port = start_lab(), 0
    url = first.url("lab.video_square")
    assert crawl(first, tmp_path, "-a", f"urls={url}", spider="tiktok", MEDIA="none").code == 0
    port = int(first.proxy.rpartition(":")[2])
    first.stop()
    second = start_lab("--port", str(port))
    done = crawl(second, tmp_path, "-a", f"urls={url}", spider="tiktok")
    assert done.code == 0, done.stderr[-3000:]
    assert done.stat("session/reused/tiktok") == 1


@pytest.fixture(scope="module")
def left_behind(lab: LabProcess, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The session file of a run that went well."""
    folder = tmp_path_factory.mktemp("left")
    assert crawl(lab, folder, "-a", f"urls={lab.url('lab.video_square')}", spider="tiktok", MEDIA="none").code == 0
    (path,) = (folder / "sessions").iterdir()
    return path


def take_up(left_behind: Path, folder: Path) -> Path:
    """Return a copy of the session file where a crawl into *folder* finds it."""
    (folder / "sessions").mkdir()
    return Path(shutil.copy2(left_behind, folder / "sessions"))


def test_a_session_file_that_others_can_read_is_not_used(lab: LabProcess, tmp_path: Path, left_behind: Path) -> None:
    url = lab.url("lab.video_square")
    path = take_up(left_behind, tmp_path)
    old = json.loads(path.read_text())["id"]
    path.chmod(0o644)
    done = crawl(lab, tmp_path, "-a", f"urls={url}", spider="tiktok", MEDIA="none")
    assert "can be read by others" in done.stderr
    assert json.loads(path.read_text())["id"] != old
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_session_whose_cookies_end_soon_and_that_a_visit_does_not_renew_is_replaced(
    lab: LabProcess, tmp_path: Path, left_behind: Path
) -> None:
    urls = f"{lab.url('lab.video_square')} {lab.url('lab.video_long')}"
    path = take_up(left_behind, tmp_path)
    saved = json.loads(path.read_text())
    cookies = {cookie["name"]: cookie for cookie in saved["storage"]["cookies"]}
    cookies["ttwid"]["expires"] = time.time() + 300
    path.write_text(json.dumps(saved))
    done = crawl(lab, tmp_path, "-a", f"urls={urls}", spider="tiktok", MEDIA="none")
    assert done.code == 0, done.stderr[-3000:]
    assert (done.stat("session/renewed/tiktok"), done.stat("session/minted/tiktok")) == (0, 1)
    (path,) = (tmp_path / "sessions").iterdir()
    assert cookies["ttwid"]["value"] not in path.read_text()


def test_a_pool_grows_only_when_all_its_sessions_are_busy(start_lab: StartLab, tmp_path: Path) -> None:
    lab = start_lab("--many", "60", "--list-many", "--latency", "100")
    seeds = tmp_path / "seeds.txt"
    seeds.write_text("\n".join(post["url"] for post in lab.posts_of("tiktok")[-60:]))
    done = crawl(lab, tmp_path, "-a", f"seeds={seeds}", spider="tiktok", MEDIA="none", SESSION_POOL=2)
    assert done.code == 0, done.stderr[-3000:]
    assert done.stat("session/minted/tiktok") == 2
    assert (done.stat("session/tiktok/fresh"), done.stat("session/tiktok/active")) == (2, 2)
    uses = Counter(post["provenance"]["session"] for post in done.posts)
    assert len(uses) == 2
    assert min(uses.values()) >= 10


def test_a_session_that_was_used_as_often_as_it_may_be_is_renewed_as_the_same_guest(
    start_lab: StartLab, tmp_path: Path
) -> None:
    lab = start_lab()
    urls = " ".join(lab.url(part) for part in ("lab.video_square", "lab.video_long", "lab.video_portrait"))
    done = crawl(lab, tmp_path, "-a", f"urls={urls}", spider="tiktok", MEDIA="none", SESSION_USES=2, OPEN_SEEDS=1)
    assert done.code == 0, done.stderr[-3000:]
    assert (done.stat("session/minted/tiktok"), done.stat("session/renewed/tiktok")) == (1, 1)
    assert len({post["provenance"]["session"] for post in done.posts}) == 2
    assert len([value for name, value in lab.given()["tiktok"] if name == "ttwid"]) == 1


def test_media_urls_that_died_are_read_afresh_with_their_cookie(start_lab: StartLab, tmp_path: Path) -> None:
    """The first answer's URLs have expired before the transfer begins: URL and cookie are read again together."""
    lab = start_lab("--fault", "expire-0:/@lab.video_square:1")
    done = crawl(lab, tmp_path, "-a", f"urls={lab.url('lab.video_square')}", spider="tiktok")
    assert done.code == 0, done.stdout
    assert done.stat("media/refreshed") == 1
    assert [record.note for record in lab.log() if record.status == 403] == ["expired"]
