"""Text that is valid Unicode."""

import re

_SURROGATE = re.compile("[\ud800-\udfff]")


def clean_text(text: str) -> str:
    """Return *text* as valid Unicode: surrogate pairs joined, lone surrogates replaced by U+FFFD."""
    if text.isascii() or _SURROGATE.search(text) is None:
        return text if type(text) is str else str(text)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
