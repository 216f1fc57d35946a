"""What `scrapy forget` finds in a folder that a run left."""

import json
from pathlib import Path

import pytest

from scraper.commands.forget import read_target
from scraper.errors import UsageError
from tests.support.exports import look_for
from tests.support.sites import SITES


def write_run(folder: Path, *seeds: tuple[str, str, str, str]) -> None:
    """Leave failed seeds: router, link, id of the request, and the name of its answer, if one was kept."""
    (folder / "raw").mkdir(parents=True)
    lines = []
    for number, (router, url, request, raw) in enumerate(seeds, 1):
        error = {"code": "parse_error", "raw_code": None, "raw_message": None}
        line = {"seed": f"{number}.1", "code": 502, "router": router, "data": None, "message": "no", "error": error}
        lines.append(json.dumps({**line, "request_id": request, "params": {"url": url}}))
        if raw:
            (folder / "raw" / raw).write_text("{}")
    (folder / "envelopes.jsonl").write_text("".join(f"{line}\n" for line in lines))


DOUYIN = "7300000000000000001"
RID = "9b2f2c1e8a3e4d55"
REQUEST = "9b2f2c1e-8a3e-4d55-9a1c-0123456789ab"


@pytest.mark.parametrize(
    ("router", "link", "raw", "target"),
    [
        ("/douyin/video", f"https://www.douyin.com/discover?modal_id={DOUYIN}", "", f"https://www.douyin.com/discover?modal_id={DOUYIN}"),
        ("/bilibili/video", "https://www.bilibili.com/video/av170001", "", "https://www.bilibili.com/video/av170001"),
        ("/tiktok/video", "https://vm.tiktok.com/ZMabc/", f"raw_77_{RID}.json", "tiktok:77"),
    ],
)
def test_a_failed_seed_is_found_by_what_its_link_means(tmp_path: Path, router: str, link: str, raw: str, target: str) -> None:
    other = "0b2f2c1e-8a3e-4d55-9a1c-0123456789ab"
    write_run(tmp_path, (router, link, REQUEST, raw), ("/twitter/post", "https://x.com/a/status/77", other, "raw_77_0b2f2c1e8a3e4d55.json"))
    found = look_for(tmp_path, target)
    assert found.seeds == {tmp_path: {"1.1"}}
    assert {path.name for path in found.answers} == ({raw} if raw else set())


def test_answers_that_no_envelope_names_any_more_are_found(tmp_path: Path) -> None:
    """Of a try that RETRY repeated, of one that died, and of a platform that had changed."""
    write_run(tmp_path, ("/tiktok/video", "https://www.tiktok.com/@a/video/77", REQUEST, f"raw_77_{RID}.json"))
    for name in ("raw_77_aaaaaaaaaaaaaaaa.json", f"raw_77_{RID}_more.jsonl", "raw_78_bbbbbbbbbbbbbbbb.json"):
        (tmp_path / "raw" / name).write_text("{}")
    (tmp_path / "drift/tiktok").mkdir(parents=True)
    for name in ("77.html", "78.html"):
        (tmp_path / "drift/tiktok" / name).write_text("")
    found = look_for(tmp_path, "tiktok:77")
    assert {path.name for path in found.answers} == {
        *(f"raw_77_{RID}.json", f"raw_77_{RID}_more.jsonl", "raw_77_aaaaaaaaaaaaaaaa.json", "77.html"),
    }


@pytest.mark.parametrize("text", ["!!", "nobody:7", "https://vm.tiktok.com/ZM1/", "https://www.tiktok.com/tag/cats", "@", ""])
def test_forget_says_what_it_takes(text: str) -> None:
    with pytest.raises(UsageError, match="expected a post's own link or id, or an author's @handle"):
        read_target(text, SITES)
