"""What programs that we start see of the environment."""

import os

_KEPT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PYTHONHOME", "HOME", "TMPDIR")


def bare_environ(*more: str) -> dict[str, str]:
    """Return what of the environment may be handed on: nothing that may hold a secret, and *more* by their names."""
    return {name: os.environ[name] for name in (*_KEPT, *more) if name in os.environ}
