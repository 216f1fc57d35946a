"""The arguments of a crawl, checked before anything is read."""

from collections.abc import Mapping
from difflib import get_close_matches

from scraper.errors import UsageError
from scraper.seeds.shards import read_shard
from scraper.text.values import as_text, quote

ARGUMENTS = ("urls", "seeds", "column", "shard")
SCRAPYD = ("_job", "_version")
"""Arguments that Scrapyd adds to those of a person."""
_ADVICE = {
    "urls": 'add the links: -a urls="LINK"',
    "seeds": "add the file: -a seeds=FILE",
    "column": "add the heading or the number: -a column=url",
    "shard": "add the part: -a shard=1/4",
}


def check_arguments(
    urls: str | None,
    seeds: str | None,
    extra: Mapping[str, object] | None = None,
    *,
    column: str | None = None,
    shard: str | None = None,
    may_join: bool = False,
) -> None:
    """
    Raise UsageError, one line for each problem, unless exactly one of *urls* and *seeds* is given, and no unknown name.

    With *may_join* both may be missing: the crawl then joins a run.
    """
    given = {
        name: value for name, value in zip(ARGUMENTS, (urls, seeds, column, shard), strict=True) if value is not None
    }
    problems = [
        f"{name}: expected a text, got an empty one: {_ADVICE[name]}" for name in given if not as_text(given[name])
    ]
    if "urls" in given and "seeds" in given:
        problems.append("urls and seeds: expected one of them, got both: leave one out")
    elif "urls" in given and "column" in given:
        problems.append("column: expected with seeds, got it with urls: leave it out")
    elif "urls" not in given and "seeds" not in given and (given or not may_join):
        problems.append('urls or seeds: expected one of them, got none: add -a urls="LINK" or -a seeds=FILE')
    if shard is not None and as_text(shard):
        try:
            read_shard(shard)
        except UsageError as error:
            problems.append(str(error))
    problems += [_unknown(name) for name in extra or () if name not in SCRAPYD]
    if problems:
        raise UsageError("\n".join(problems))


def _unknown(name: str) -> str:
    near = get_close_matches(name, ARGUMENTS, n=1)
    if near:
        return f"{name}: is no argument: did you mean -a {near[0]}=…?"
    if name.isupper():
        return f"{name}: is a setting, not an argument: write -s {name}=… instead of -a"
    return f"{quote(name)}: is no argument: expected {', '.join(ARGUMENTS)}; settings are written -s NAME=VALUE"
