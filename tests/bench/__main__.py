"""``python -m tests.bench [KEY …]``: measure ratios to other tools in one run; a table and ``out/bench.json``."""

import argparse
import json
import os
import sys
import time
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from rich.console import Console
from rich.table import Table

import tests.bench
from tests.bench.figure import TARGETS, BenchError, Figure, Group

OUT = Path("out/bench.json")


def main() -> int:
    """Return 1 if a figure could not be measured; a missed target is only shown."""
    groups = load_groups()
    known = sorted(key for group in groups for key in group.keys)
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__, epilog="\n".join(known))
    parser.add_argument("key", nargs="*", choices=[[], *known], metavar="KEY", help="default: all")
    wanted = set(parser.parse_args().key or known)
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]  # only loopback
    figures: list[Figure] = []
    problems: list[str] = []
    for group in groups:
        keys = wanted.intersection(group.keys)
        if not keys:
            continue
        started = time.monotonic()
        print(f"measuring {', '.join(sorted(keys))}", file=sys.stderr, flush=True)
        try:
            figures += [figure for figure in group.measure(keys) if figure.key in keys or figure.key not in known]
        except BenchError as error:
            problems.append(f"{', '.join(sorted(keys))}: {error}")
        print(f"  {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    write(figures)
    Console().print(to_table(figures))
    for problem in problems:
        print(f"bench: {problem}", file=sys.stderr)
    return 1 if problems else 0


def load_groups() -> list[Group]:
    names = [f"{tests.bench.__name__}.{info.name}" for info in iter_modules(tests.bench.__path__)]
    modules = [import_module(name) for name in names if not name.endswith("__main__")]
    return [group for module in modules if isinstance(group := getattr(module, "GROUP", None), Group)]


def write(figures: list[Figure]) -> None:
    """Write bench.json; figures of an earlier run that were not measured now are dropped."""
    OUT.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({figure.key: figure.to_json() for figure in figures}, indent=2)
    OUT.write_text(text + "\n", "utf-8")


def to_table(figures: list[Figure]) -> Table:
    table = Table(caption=f"{os.cpu_count()} cores; {OUT}", caption_justify="left")
    for name in ("Figure", "Ours", "Peer", "Ratio", "Target"):
        table.add_column(name, justify="left" if name in ("Figure", "Peer") else "right", overflow="fold")
    for figure in figures:
        peer = "" if figure.peer is None else f"{figure.peer} {show(figure.peer_value)}"
        target, is_met = TARGETS.get(figure.key), figure.is_met
        colour = {True: "green", False: "red", None: "default"}[is_met]
        bound = "" if target is None else f"[{colour}]{target}[/]"
        ratio = "" if figure.ratio is None else f"{figure.ratio:.2f} ×"
        note = f"\n[dim]{figure.note}[/]" if figure.note else ""
        table.add_row(figure.key + note, f"{show(figure.value)} {figure.unit}", peer, ratio, bound)
    return table


def show(number: float | None) -> str:
    if number is None:
        return ""
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.3g}"


if __name__ == "__main__":
    sys.exit(main())
