"""The shards of a list are the list, and a post is in one of them."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from scraper.seeds.lines import parse_lines
from scraper.seeds.lists import pick_seeds
from scraper.seeds.shards import Shard, read_shard
from tests.support.seed_lists import KNOWN, LINKS, ONE, SHORT, TWO

LINE = st.sampled_from([*LINKS, "no link", "https://example.com/a", f"{ONE} {TWO}"]) | st.integers(1, 99).map("https://x.com/i/status/{}".format)


@given(st.lists(LINE, max_size=30), st.integers(1, 7))
def test_the_shards_of_a_list_are_the_list(lines: list[str], total: int) -> None:
    seeds = list(parse_lines(lines, KNOWN))
    shards = [pick_seeds(iter(seeds), f"{number}/{total}") for number in range(1, total + 1)]
    taken = Counter(seed.id for shard in shards for seed in shard)
    assert taken == Counter(seed.id for seed in seeds)


def test_a_post_is_in_one_shard_whatever_its_link_and_whoever_asks() -> None:
    forms = ["https://x.com/a/status/1920", "https://twitter.com/i/web/status/1920?s=20", "see mobile.twitter.com/b/status/1920", '{"url": "https://fxtwitter.com/a/status/1920"}']
    seeds = list(parse_lines(forms, KNOWN))
    assert len({seed.canonical for seed in seeds}) == 1
    assert [seed.canonical for seed in parse_lines([SHORT, "nothing"], KNOWN)] == [SHORT, "nothing"]
    # Figures of another machine: if they change, the seeds of every list go to other shards.
    places = [next(n for n in range(1, 11) if Shard(n, 10).takes(f"twitter:post:{i}")) for i in range(8)]
    assert places == [1, 6, 6, 10, 3, 3, 5, 2]
    sizes = Counter(next(n for n in range(1, 5) if Shard(n, 4).takes(str(i))) for i in range(4000))
    assert all(900 < size < 1100 for size in sizes.values())
    assert str(read_shard("02/010")) == "2/10"
