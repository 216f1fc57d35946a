"""Standard output, whatever the terminal says of its encoding."""

import io
import sys


def forgive() -> None:
    """Let what the terminal has no sign for be shown as ``?``, and not end the program."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def write_utf8(text: str) -> None:
    """Write *text* as UTF-8, for programs that read it."""
    sys.stdout.buffer.write(text.encode("utf-8", "replace"))
    sys.stdout.buffer.flush()
