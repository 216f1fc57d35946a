"""The mutation check (`make mutants`): does a test fail when one thing in a pure module is wrong?"""

import argparse
import json
import os
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from tools.mutants.mutations import Mutation, find_mutations
from tools.mutants.runs import ROOT, find_survivors, measure, warm_up

_REPORT = ".cache/mutants.json"
"""The survivors of each room, for --again."""


@dataclass(frozen=True, slots=True)
class Room:
    """Modules, as patterns, and the tests that must notice what is wrong in them."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]

    @property
    def paths(self) -> list[str]:
        """The modules that are there."""
        return sorted(path.relative_to(ROOT).as_posix() for pattern in self.modules for path in ROOT.glob(pattern))


ROOMS = {
    "links": Room(("scraper/links/*.py",), ("tests/unit/links", "tests/platforms/test_contract.py")),
    "posts": Room(("scraper/posts/*.py",), ("tests/unit/posts", "tests/commands/test_payload.py", "tests/platforms")),
    "choice": Room(("scraper/media/choice.py",), ("tests/unit/media/test_choice.py",)),
    "envelopes": Room(("scraper/envelopes/*.py",), ("tests/unit/envelopes",)),
    "ledger": Room(
        ("scraper/ledger/interface.py", "scraper/ledger/sqlite.py", "scraper/ledger/sqlite_rows.py"),
        ("tests/unit/ledger", "tests/ledger/test_ledger_contract.py"),
    ),
}


def main(arguments: Sequence[str]) -> int:
    """Run the check, print what survived and how many did not."""
    options = _parse(arguments)
    os.chdir(ROOT)
    os.environ["SCRAPER_CONFIG"] = os.devnull  # a conftest would do that, but it is left out
    sys.dont_write_bytecode = False  # our modules are imported very often
    names = options.rooms or list(ROOMS)
    warm_up([path for name in names for path in ROOMS[name].tests])
    report = json.loads(_read(_REPORT)) if (ROOT / _REPORT).exists() else {}
    scores = []
    for name in names:
        room = ROOMS[name]
        found = [one for path in room.paths for one in find_mutations(path, _read(path))]
        chosen = _select(found, options, set(report.get(name, ())))
        left = find_survivors(chosen, room.tests, measure(room.tests, room.paths)) if chosen else []
        for one in left:
            print(f"survived {one}", flush=True)
        report[name] = [str(one) for one in left]
        scores.append(f"{name:10} {len(chosen) - len(left):5} of {len(chosen):5} killed")
    print(*scores, sep="\n")
    (ROOT / _REPORT).parent.mkdir(exist_ok=True)
    (ROOT / _REPORT).write_text(json.dumps(report, indent=1, ensure_ascii=False), "utf-8")
    return 0


def _read(path: str) -> str:
    return (ROOT / path).read_text("utf-8")


def _select(mutations: list[Mutation], options: argparse.Namespace, before: set[str]) -> list[Mutation]:
    if options.only:
        mutations = [one for one in mutations if options.only in str(one)]
    if options.again:
        mutations = [one for one in mutations if str(one) in before]
    if options.all or options.only or options.again:
        return mutations
    chosen = random.Random(options.seed).sample(range(len(mutations)), min(options.sample, len(mutations)))
    return [mutations[index] for index in sorted(chosen)]


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Change one thing at a time in pure modules and run their tests.")
    parser.add_argument("rooms", nargs="*", metavar="ROOM", help=f"one or more of {', '.join(ROOMS)} (all)")
    parser.add_argument("--all", action="store_true", help="every mutant, not a sample")
    parser.add_argument("--sample", type=int, default=60, help="mutants of each room (60)")
    parser.add_argument("--seed", type=int, default=1, help="which sample (1)")
    parser.add_argument("--only", metavar="TEXT", help="the mutants whose line in the report holds TEXT")
    parser.add_argument("--again", action="store_true", help="the survivors of the last run")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
