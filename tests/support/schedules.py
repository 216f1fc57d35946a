"""The state that the last tick of a schedule left."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path


def forget_an_hour(path: Path, expression: str = "* * * * *") -> None:
    """Write the state that a tick an hour ago would have left, so that an entry is due now."""
    memory = {"times": f"{expression} UTC", "handled": (datetime.now(UTC) - timedelta(hours=1)).isoformat()}
    entry = {**memory, "waiting": None, "started": None, "job": None, "note": ""}
    path.with_name("schedule.state.json").write_text(json.dumps({"version": 1, "entries": {"daily": entry}}))
