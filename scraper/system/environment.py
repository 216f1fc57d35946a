"""The environment of the programs that we start."""

import os

_KEPT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PYTHONHOME", "HOME", "TMPDIR")


def bare_environ(*more: str) -> dict[str, str]:
    """Return the environment variables for a subprocess: harmless ones, and those named by *more*."""
    return {name: os.environ[name] for name in (*_KEPT, *more) if name in os.environ}
