"""``scrapy seeds``: show and change the seeds of a ledger, also while a crawl runs on it."""

import argparse
import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence

from scraper.cli.ledger_command import LedgerCommand
from scraper.cli.terminal import write_utf8
from scraper.errors import ErrorCode, UsageError
from scraper.ledger.access import add_seeds
from scraper.ledger.interface import Ledger, SeedEntry, State
from scraper.model.seed import Seed
from scraper.platform.registry import load_platforms, recogniser
from scraper.seeds.lists import check_seeds, is_url, read_seeds
from scraper.text.jsonline import dump_line
from scraper.text.values import read_choice

_OPTIONS = {"add": ("column",), "stats": ("json",), "retry": ("code",), "export": ("state", "code", "json")}
"""The options of each action."""


class Command(LedgerCommand):
    """Exit code 0: done; 1: no failed seed to try again; 2: wrong use, or the ledger cannot be used; 130: Ctrl-C."""

    name = "seeds"

    def syntax(self) -> str:
        return "add <list ...> | stats | retry [--code CODE] | export [--state STATE] [--code CODE]"

    def short_desc(self) -> str:
        return "Add seeds to a ledger, count them, try failed ones again, export them"

    def long_desc(self) -> str:
        return (
            "Work on the ledger of an output folder or of a Redis, also while crawls run on it. add: the seeds of a "
            "list (- reads standard input) are appended. stats: the number of seeds in each state. retry: failed "
            "seeds, all or those with a code (--code rate_limited), are queued again. export: a list of the seeds, or "
            "with --json the state and result of each. Example: scrapy seeds retry -o out --code timeout"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--column", metavar="NAME", help="add: the column of links in CSV")
        parser.add_argument("--code", action="append", metavar="CODE", help="retry, export: only seeds with this error")
        parser.add_argument("--state", metavar="|".join(State), help="export: only seeds in this state")
        parser.add_argument("--json", action="store_true", help="stats, export: JSON for programs")

    async def work(self, args: Sequence[str], opts: argparse.Namespace) -> int:
        """Run the action that *args* begin with."""
        assert self.settings is not None
        action, lists = _read_action(args, opts)
        codes = [read_choice("--code", code, ErrorCode) for text in opts.code or () for code in text.split(",")]
        state = None if opts.state is None else State(read_choice("--state", opts.state, State))
        known = recogniser(load_platforms(self.settings).values())
        for name in lists:
            if is_url(name):
                raise UsageError(f"{name[:60]!a}: only a crawl fetches lists: give a file, or pipe it in (-)")
            check_seeds(name, known, opts.column)
        async with self.open(opts, make=action == "add") as ledger:
            if action == "add":
                return await _add(ledger, (read_seeds(name, known, opts.column) for name in lists))
            if action == "retry":
                return await _retry(ledger, codes)
            if action == "stats":
                return await _print_counts(ledger, as_json=opts.json)
            return await _export(_choose(ledger.entries(), state, codes), as_json=opts.json)


def _read_action(args: Sequence[str], opts: argparse.Namespace) -> tuple[str, Sequence[str]]:
    """Return the action and its lists; raise UsageError."""
    if not args or args[0] not in _OPTIONS:
        given = f"{args[0][:60]!a}" if args else "nothing"
        raise UsageError(f"expected one of {', '.join(_OPTIONS)}, got {given}: scrapy seeds stats -o out")
    action, lists = args[0], args[1:]
    if action == "add" and not lists:
        raise UsageError("add: expected a list: scrapy seeds add -o out links.txt")
    if action != "add" and lists:
        raise UsageError(f"{lists[0][:60]!a}: {action} takes no list: give the folder with -o DIR")
    for name in ("column", "code", "state", "json"):
        if getattr(opts, name) and name not in _OPTIONS[action]:
            raise UsageError(f"--{name}: is no option of {action}: leave it out")
    return action, lists


async def _add(ledger: Ledger, lists: Iterable[Iterator[Seed]]) -> int:
    count = 0
    try:
        for seeds in lists:
            async for added in add_seeds(ledger, seeds):
                count += added
    finally:
        print(f"{count} seeds added", flush=True)  # printed also when the rest of a list cannot be read
    return 0


async def _retry(ledger: Ledger, codes: list[str]) -> int:
    count = await ledger.retry(codes or None)
    print(f"{count} failed seeds wait again")
    return 0 if count else 1


async def _print_counts(ledger: Ledger, *, as_json: bool) -> int:
    counts = {state.value: count for state, count in (await ledger.counts()).items()}
    errors = dict(sorted((await ledger.errors()).items(), key=lambda pair: -pair[1]))
    if as_json:
        print(dump_line({**counts, "errors": errors, "loaded": (await ledger.run()).loaded}))
        return 0
    for name, count in {**counts, **{f"  {error}": count for error, count in errors.items()}}.items():
        print(f"{name:<24} {count:>10}")
    return 0


async def _export(entries: AsyncIterator[SeedEntry], *, as_json: bool) -> int:
    async for entry in entries:
        if not write_utf8(f"{dump_line(_describe(entry)) if as_json else _to_line(entry.seed)}\n"):
            break
        await asyncio.sleep(0)  # for Ctrl-C
    return 0


def _to_line(seed: Seed) -> str:
    """Return *seed* as a line of a list."""
    text = " ".join(seed.text.split())
    if seed.options or seed.tags or text.startswith(("#", "{")):
        return dump_line({"url": seed.text, "options": dict(seed.options), "tags": list(seed.tags)})
    return text


async def _choose(entries: AsyncIterator[SeedEntry], state: State | None, codes: list[str]) -> AsyncIterator[SeedEntry]:
    async for entry in entries:
        if state in (None, entry.state) and (not codes or entry.error in codes):
            yield entry


def _describe(entry: SeedEntry) -> dict[str, object]:
    seed = entry.seed
    return {
        "seed": seed.id,
        "url": seed.text,
        "platform": seed.platform,
        "state": entry.state.value,
        "code": entry.code,
        "error": entry.error,
        "duplicate_of": entry.duplicate_of,
    }
