"""Links that belong to more than one section of the site; all other cases are in links.jsonl."""

import pytest

from scraper.commands.links import read_line
from scraper.model.ref import Ref
from tests.support.sites import KNOWN

HOME = "https://www.douyin.com"
LIVE = {"platform": "douyin", "kind": "live", "id": "123456789", "url": "https://live.douyin.com/123456789", "part": None}
SEARCH = {"platform": "douyin", "kind": "search", "id": "猫", "url": f"{HOME}/search/%E7%8C%AB", "part": None}


@pytest.mark.parametrize(
    ("section", "rest", "ref"), [("root", "live/123456789", LIVE), ("root", "search/猫", SEARCH), ("jingxuan", "search/猫", SEARCH)]
)
def test_a_section_leads_to_the_same(section: str, rest: str, ref: dict[str, str | None]) -> None:
    link = f"{HOME}/{section}/{rest}"
    assert read_line(link, KNOWN) == {"input": link, "refs": [ref], "rejected": []}
    assert KNOWN.match(str(ref["url"])) == Ref(**ref)  # type: ignore[arg-type]
