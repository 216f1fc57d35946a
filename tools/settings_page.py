#!/usr/bin/env python3
"""Write docs/settings.md from the rows of scraper/options/catalogue.py: ``python tools/settings_page.py``."""

import sys
from pathlib import Path
from textwrap import fill
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from scraper.options.catalogue import GROUPS, SETTINGS  # noqa: E402 - found by the line above
from scraper.settings import defaults  # noqa: E402
from scraper.text.setting import Setting  # noqa: E402

PAGE = ROOT / "docs/settings.md"
_HEAD = """# Settings

<!-- Written by tools/settings_page.py from scraper/options/catalogue.py. -->

A value comes from the first of these places that has one:

1. `-s NAME=VALUE` of a command;
2. the environment variable `SCRAPER_NAME`;
3. the [configuration file](operations.md#a-configuration-file), where `name = value` stands in it;
4. the default here.

`scrapy settings --list` prints every setting with its value now and the place that it comes from.

Types: a *size* is a number of bytes, which may be written in short: `500K`, `2M`, `8G` (powers of 1024).
A *path*, *folder* or *program* may begin with `~` or `~user`, the home folder.
A switch is `1` or `0`, also `true` or `false`, `yes` or `no`, `on` or `off`.
"""
_TABLE = "| Setting | Default | Type | What it does |\n|---|---|---|---|\n"


def write_page() -> str:
    """Return the page."""
    groups = (f"## {title}\n\n{_TABLE}" + "".join(map(_line, rows)) for title, rows in GROUPS.items())
    return "\n".join((_HEAD, *groups, _foot()))


def _line(row: Setting[Any]) -> str:
    shown = str(int(row.default)) if isinstance(row.default, bool) else str(row.default)
    default = f"`{shown}`" if shown else ""
    says = f"{row.says}; else {row.computed}" if row.computed and not shown else row.says
    says += f"; {row.computed}" if row.computed and shown else ""
    return f"| `{row.name}` | {default} | {row.kind} | {says} |\n"


def _foot() -> str:
    names = ", ".join(f"`{name}`" for name in sorted(defaults) if name not in SETTINGS)
    text = f"Scrapy's settings apply as well: all of them by `-s`, and these in the other places, too: {names}."
    return f"## Scrapy's own\n\n{fill(text, 160)}\n"


if __name__ == "__main__":
    PAGE.write_text(write_page(), "utf-8")
