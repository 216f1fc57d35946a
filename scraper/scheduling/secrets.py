"""Secrets in arguments and settings: whoever is on the machine reads them in the list of its processes."""

import re

_NAME = re.compile(r"PASSWORD|SECRET|TOKEN|_PASS$|_KEY$")
_USER = re.compile(r"(?://[^/?#\s]*|^[^/?#\s@:]+:[^/?#\s@]*)@")
_QUERY = re.compile(
    r"[?&;#][^=&;?#\s]*?(?:token|secret|passw(?:or)?d|signature|credential|(?:api|access)[_\-]?key"
    r"|(?<![a-z])(?:key|sig|auth|pwd|pass))=[^&\s]",
    re.IGNORECASE,
)
"""A parameter of an address that is called like a secret; the short words only where they stand alone."""


def names_secret(name: str) -> bool:
    """Whether the setting *name* is called like a secret."""
    return _NAME.search(name) is not None


def holds_user(text: str) -> bool:
    """Whether *text* gives a user, and mostly a password, before the host of an address."""
    return _USER.search(text) is not None


def holds_secret(text: str) -> bool:
    """Whether *text* looks as if it gave access to something: by user and password, or by the query of an address."""
    return holds_user(text) or _QUERY.search(text) is not None
