"""A session that is not believed is replaced, at most twice a seed; a page that misbehaves ends with its cause."""

import json
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab.log import Record
from tests.lab.process import LabProcess
from tests.support.crawling import Crawl, crawl
from tests.support.labs import StartLab

ONCE = {
    "lab.video_square": "firewall",
    "lab.video_long": "empty",
    "lab.video_portrait": "status-403",
    "lab.photo_png": "key-empty",
}
"""How posts are refused once, by their author."""
TWICE, ALWAYS = "lab.video_landscape", "lab.video_unicode"


def navigations(log: list[Record]) -> list[str]:
    return [record.target for record in log if record.headers.get("sec-fetch-mode") == "navigate"]


@pytest.fixture(scope="module")
def refused(lab: LabProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawl]:
    """One crawl of posts that are refused, one after the other, each in its own way: once, twice, and always."""
    lab.reset()
    lab.set_faults(*(f"{kind}:{name}/video:1" for name, kind in ONCE.items()), f"firewall:{TWICE}/video:2", f"firewall:{ALWAYS}/video")
    urls = " ".join(lab.url(f"{name}/") for name in (*ONCE, TWICE, ALWAYS))
    yield crawl(lab, tmp_path_factory.mktemp("refused"), "-a", f"urls={urls}", spider="tiktok", OPEN_SEEDS=1)
    lab.reset()


def post_of(done: Crawl, lab: LabProcess, name: str) -> dict[str, Any]:
    """Return the record of the post of the author *name*."""
    return next(post for post in done.posts if post["url"] == lab.url(f"{name}/"))


@pytest.mark.parametrize("name", ONCE, ids=ONCE.values())
def test_a_refused_session_is_replaced_and_the_post_comes(refused: Crawl, lab: LabProcess, name: str) -> None:
    assert refused.by_url[lab.url(f"{name}/")]["code"] == 200, refused.stderr[-3000:]
    provenance = post_of(refused, lab, name)["provenance"]
    assert (provenance["tries"], provenance["via"]) == (2, "page")


def test_each_refusal_costs_one_session(refused: Crawl, lab: LabProcess) -> None:
    """Of the last post, the page that opens the post itself is refused too; a session that served before may return."""
    assert refused.stat("session/refused/tiktok") == len(ONCE) + 2 + 3
    assert len({post_of(refused, lab, name)["provenance"]["session"] for name in ONCE}) == len(ONCE)
    assert len(ONCE) + 1 <= refused.stat("session/minted/tiktok") <= len(ONCE) + 5


def test_the_second_replacement_navigates_for_real(refused: Crawl, lab: LabProcess) -> None:
    post = post_of(refused, lab, TWICE)
    assert post["provenance"]["via"] == "navigate"
    assert post["media"][0]["files"]
    assert [target for target in navigations(lab.log()) if f"{TWICE}/video" in target]


def test_a_platform_that_refuses_on_ends_as_challenge_saying_what_was_tried(refused: Crawl, lab: LabProcess) -> None:
    envelope = refused.by_url[lab.url(f"{ALWAYS}/")]
    assert (refused.code, envelope["code"], envelope["error"]["code"]) == (1, 403, "challenge")
    assert envelope["error"]["retryable"] is True
    assert "page: firewall page, page: firewall page, navigate: firewall page" in envelope["error"]["raw_message"]


def test_no_guest_cookies_no_session(start_lab: StartLab, tmp_path: Path) -> None:
    lab = start_lab("--fault", "html:www.tiktok.com/$")
    done = crawl(lab, tmp_path, "-a", f"urls={lab.url('lab.video_square')} {lab.url('lab.video_long')}", spider="tiktok", MINT_TIMEOUT=2)
    assert [envelope["error"]["code"] for envelope in done.envelopes] == ["challenge", "challenge"]
    assert "did not set the guest cookies" in done.envelopes[0]["error"]["raw_message"]
    assert done.stat("session/failed/tiktok") == 1


def test_an_overloaded_platform_is_no_removed_post(lab: LabProcess, clean_lab: None, tmp_path: Path) -> None:
    faults = {"lab.video_square": "status-429", "lab.video_long": "status-503", "lab.video_portrait": "stall"}
    codes = {"status-429": "rate_limited", "status-503": "timeout", "stall": "timeout"}
    lab.set_faults(*(f"{fault}:{name}/video" for name, fault in faults.items()))
    urls = " ".join(lab.url(f"{name}/") for name in faults)
    done = crawl(lab, tmp_path, "-a", f"urls={urls}", spider="tiktok", PAGE_TIMEOUT=2)
    errors = {fault: done.by_url[lab.url(f"{name}/")]["error"] for name, fault in faults.items()}
    assert {fault: error["code"] for fault, error in errors.items()} == codes
    assert all(error["retryable"] is True for error in errors.values())


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


def test_a_saved_session_of_another_run_is_renewed_when_refused(
    start_lab: StartLab, tmp_path: Path, left_behind: Path
) -> None:
    """A lab of another run does not believe the cookies of this one."""
    lab = start_lab()
    path = take_up(left_behind, tmp_path)
    path.write_text(json.dumps(json.loads(path.read_text()) | {"proxy": lab.proxy}))
    done = crawl(lab, tmp_path, "-a", f"urls={lab.url('lab.video_square')}", spider="tiktok")
    assert done.code == 0, done.stderr[-3000:]
    assert done.stat("session/reused/tiktok") == 1


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
