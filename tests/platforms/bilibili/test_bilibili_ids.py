"""BV and av name the same video."""

import pytest

from spiders.bilibili.ids import to_aid, to_bvid


@pytest.mark.parametrize(("aid", "bvid"), [(170001, "BV17x411w7KC"), (1, "BV1xx411c7mQ"), (2**51 - 1, "BV1aPPTfmvQq")])
def test_pairs(aid: int, bvid: str) -> None:
    assert (to_bvid(aid), to_aid(bvid)) == (bvid, aid)


@pytest.mark.parametrize("bvid", ["", "BV17x411w7K", "bv17x411w7KC", "BV27x411w7KC", "BV17x411w7K0", "BV17x411w7KC\n"])
def test_what_is_no_bv_id(bvid: str) -> None:
    with pytest.raises(ValueError, match="BV id"):
        to_aid(bvid)


@pytest.mark.parametrize("aid", [0, -1, 2**51])
def test_what_is_no_av_number(aid: int) -> None:
    with pytest.raises(ValueError, match="av number"):
        to_bvid(aid)
