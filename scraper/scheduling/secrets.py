"""Secrets in arguments and settings: all users of a machine can read them in its list of processes."""

import re

_NAME = re.compile(r"PASSWORD|SECRET|TOKEN|_PASS$|_KEY$")
_USER = re.compile(r"(?://[^/?#\s]*|^[^/?#\s@:]+:[^/?#\s@]*)@")
_QUERY = re.compile(
    r"[?&;#][^=&;?#\s]*?(?:token|secret|passw(?:or)?d|signature|credential|(?:api|access)[_\-]?key"
    r"|(?<![a-z])(?:key|sig|auth|pwd|pass))=[^&\s]",
    re.IGNORECASE,
)
"""A query parameter with the name of a secret; short words count only if they are the whole name."""


def names_secret(name: str) -> bool:
    """Whether the setting *name* is the name of a secret."""
    return _NAME.search(name) is not None


def holds_user(text: str) -> bool:
    """Whether *text* holds an address with a user, and usually a password, before its host."""
    return _USER.search(text) is not None


def holds_secret(text: str) -> bool:
    """Whether *text* seems to hold a secret: user and password in an address, or a query parameter."""
    return holds_user(text) or _QUERY.search(text) is not None
