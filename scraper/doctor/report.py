"""The doctor's report, for people and for programs; it holds no secret."""

import json
import re
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from scraper.doctor.diagnosis import Check, CheckStatus
from scraper.doctor.stages import STAGES
from scraper.text.redaction import printable, strip_query

_URL = re.compile(r"\b[a-z][a-z0-9+.\-]{1,9}://[^\s\"'<>,;]+", re.IGNORECASE)
_STYLES = {CheckStatus.OK: "green", CheckStatus.WARN: "yellow", CheckStatus.FAIL: "red"}
_WIDE = 150


def order(checks: Sequence[Check]) -> list[Check]:
    """Return *checks* with those of the machine first, then the stages of each platform together."""
    return sorted(
        checks, key=lambda check: (check.name in STAGES, check.platform or "" if check.name in STAGES else "")
    )


def is_well(checks: Sequence[Check]) -> bool:
    """Whether no check failed."""
    return all(check.status is not CheckStatus.FAIL for check in checks)


def to_json(checks: Sequence[Check]) -> str:
    """Return the report as one JSON object."""
    return json.dumps({"ok": is_well(checks), "checks": [asdict(hide(check)) for check in checks]}, ensure_ascii=False)


def print_report(checks: Sequence[Check]) -> None:
    """Print the report as a table."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("check", "result", "seconds"):
        table.add_column(name, no_wrap=True, justify="right" if name == "seconds" else "left")
    table.add_column("what was found, and what to do", overflow="fold")
    for check in map(hide, checks):
        name = f"{check.platform} {check.name}" if check.platform else check.name
        culprit = f" ({check.culprit})" if check.culprit else ""
        words = f"{check.says}: {check.advice}" if check.advice else check.says
        seconds = f"{check.seconds:.1f}" if check.seconds >= 0.05 else ""
        result = Text(f"{check.status}{culprit}", _STYLES[check.status])
        table.add_row(Text(printable(name)), result, seconds, Text(printable(words)))
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDE)
    with console.capture() as captured:
        console.print(table)
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))


def hide(check: Check) -> Check:
    """Return *check* without the home folder, user names in URLs, and queries."""
    texts = {name: _hide(getattr(check, name)) for name in ("says", "advice")}
    return Check(
        name=check.name, platform=check.platform, status=check.status, culprit=check.culprit,
        seconds=round(check.seconds, 2), **texts,
    )  # fmt: skip


def _hide(text: str) -> str:
    text = _URL.sub(lambda found: strip_query(found[0]), text)
    home = str(Path.home())
    return text.replace(home, "~") if len(home) > 1 else text
