"""A seal by which a played platform recognises values that it issued itself."""

import hmac
import secrets
from collections.abc import Mapping


class Seal:
    """A secret of one run; it signs, and recognises its own signatures."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(16)

    def mac(self, data: bytes) -> bytes:
        """Return 32 bytes that only this seal can compute from *data*."""
        return hmac.digest(self._secret, data, "sha256")

    def sign(self, path: str, query: Mapping[str, str]) -> str:
        """Return 32 hex digits for a URL: its path and its query in this order."""
        text = path + "".join(f"\n{name}={value}" for name, value in query.items())
        return self.mac(text.encode()).hex()[:32]
