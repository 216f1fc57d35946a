"""The code that the pages for developers show is whole, and does what they say."""

import re
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import pipelines.shapes
import spiders
import tests.lab
from scraper.envelopes.shape import Source
from scraper.errors import ErrorCode, SeedError
from scraper.platform.contract import Platform
from scraper.platform.registry import recogniser
from tests.lab.messages import Ask
from tests.support.tree import ROOT

PACKAGES = (spiders, tests.lab, pipelines.shapes)
BLOCK = re.compile(r"^```\w+\n(?:# |<!-- )(?P<path>\S+/\S+?)(?: -->)?\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
CASES = "tests/platforms/pixly/payloads"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with the files that the pages show, as a part of the packages that they belong to."""
    for page in ("adding-a-platform", "adding-an-output"):
        for path, code in BLOCK.findall((ROOT / f"docs/{page}.md").read_text("utf-8")):
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(code, "utf-8")
    for package in PACKAGES:
        name = package.__name__.replace(".", "/")
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path / name)])
    yield tmp_path
    for name in [name for name in sys.modules if {"pixly", "slim"} & set(name.split("."))]:
        del sys.modules[name]


def pixly() -> Platform:
    import_module("spiders.pixly.spider")
    platform: Platform = import_module("spiders.pixly.platform").Pixly()
    return platform


def test_the_made_up_platform_reads_its_links_and_cases(folder: Path) -> None:
    site = pixly()
    refs = recogniser([site]).find("look: pixly.example/p/1001 and https://www.pixly.example/@lab")
    assert [str(ref.url) for ref in refs] == ["https://www.pixly.example/p/1001", "https://www.pixly.example/@lab"]
    (post,) = site.parse_answer((folder / CASES / "photo/input.html").read_text("utf-8")).posts
    assert (post.id, post.author.handle, post.stats.likes, post.warnings) == ("1001", "lab", 3, [])
    assert [medium.variants[0].headers["Referer"] for medium in post.media] == ["https://www.pixly.example/"] * 2
    with pytest.raises(SeedError) as caught:
        site.parse_answer((folder / CASES / "gone/input.html").read_text("utf-8"))
    assert caught.value.code is ErrorCode.REMOVED


def test_the_lab_of_the_made_up_platform_answers(folder: Path) -> None:
    site = import_module("tests.lab.pixly.site").Pixly()
    gone = site.answer(Ask(method="GET", host="www.pixly.example", target="/p/1002", headers={}, now=0))
    with pytest.raises(SeedError):
        pixly().parse_answer(gone.body.decode())
    file = site.answer(Ask(method="GET", host="cdn.pixly.example", target="/i/photo-1.jpeg", headers={}, now=0))
    assert (gone.status, file.status) == (404, 403)


def test_the_made_up_shape_keeps_what_others_read(folder: Path) -> None:
    shape = import_module("pipelines.shapes.slim")
    (post,) = pixly().parse_answer((folder / CASES / "photo/input.html").read_text("utf-8")).posts
    assert shape.make_data(Source(post=post))["urls"] == [f"https://cdn.pixly.example/i/photo-{n}.jpeg" for n in (1, 2)]
    assert shape.make_frame({"schema": 1, "seed": "1.1", "error": None}) == {"seed": "1.1", "error": None}
