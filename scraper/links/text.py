"""Find the start and end of links in a text: share texts, Markdown, HTML, JSON, other alphabets."""

import html
import re
from collections.abc import Iterable, Sequence

from scraper.links.pattern import BareId

_INVISIBLE = "\u00ad\u200b-\u200f\u2060\ufeff"
# A link ends at white space, quotes, brackets, full-width punctuation or CJK characters (share texts have no space
# there). Latin, Greek and Cyrillic letters belong to it, so that a look-alike is not cut down to a genuine link.
_CHARS = rf"[A-Za-z0-9\-._:/?#@$&+,;=%\u00c0-\u024f\u0370-\u052f{_INVISIBLE}]"
_REST = rf"(?:[/?#]{_CHARS}*+(?:(?<=#)!{_CHARS}*+)?)?"
_LETTER = r"A-Za-z0-9_\u00c0-\u024f\u0370-\u052f"
_FORMS = (
    r"([A-Za-z][A-Za-z0-9+\-]{0,20})"
    rf"(?:://((?:[^\W_]|[\-._~@:%\[\]{_INVISIBLE}]){{1,255}}+)({_REST})"
    r"|(%(?:25){0,3}3[Aa](?:%(?:25){0,3}2[Ff]){2}[A-Za-z0-9\-._~%@+]*+))"
    r"|(?<![A-Za-z0-9_\-.@%])((?:[A-Za-z0-9\-]{1,63}+\.){1,8}[A-Za-z][A-Za-z0-9\-]{1,61}"
    rf"(?![A-Za-z0-9\-_])(?:@[A-Za-z0-9.\-]{{1,255}}+)?(?!@)(?::\d{{1,5}}+)?)({_REST})"
)
REST, CODED, TAIL = 3, 4, 6
_GLUED = re.compile(rf"(?<=[A-Za-z0-9/,;&_\-{_INVISIBLE}])(?=https?://)", re.IGNORECASE)
_TRAILING = ".,;:?&+" + "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_CJK_LETTERS = (
    r"\u1100-\u11ff\u2e80-\u2fff\u3005-\u3007\u3021-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
_CJK = re.compile(rf"[{_CJK_LETTERS}\u3000-\u3020\uff00-\uffef]")
_LONGER = re.compile(rf"[{_CJK_LETTERS}()'!*~](?:{_CHARS}|[{_CJK_LETTERS}()'!*~]){{0,200}}+")
_CUT = re.compile(
    rf"[,;:&\s{_CJK_LETTERS}\uff00-\uffef\u3000-\u3020{_INVISIBLE}]|%(?:E[2-9A-Fa-f]|F0|20|22|0[AaDd]|3[CcEe])"
)
_DROPPED = dict.fromkeys((0xAD, *range(0x200B, 0x2010), 0x2060, 0xFEFF))

_ESCAPED = re.compile(r"(?<!\\)\\{1,8}+(?:(/)|(?:u00|x)([2-7][0-9A-Fa-f])|([_*~.\-&=?#@!()\[\]]))")
_ENTITY = re.compile(r"&(?:amp;)*(?:amp|quot|apos|lt|gt|nbsp|#\d{1,6}|#[xX][0-9A-Fa-f]{1,5});")
_AMP = re.compile("&(?:amp;)++")
_LONG_NAME = 5
"""Names of at least this many letters hardly ever occur inside another name by chance."""
# Full-width characters become narrow only inside a link that is written with them: elsewhere they are punctuation.
_WIDE = re.compile(
    r"[:：][/／]{2}(?<!://)|://[^\s/]{0,255}[．０-９Ａ-Ｚａ-ｚ]|[A-Za-z0-9０-９Ａ-Ｚａ-ｚ]．[A-Za-zＡ-Ｚａ-ｚ]"
)
_WIDE_QUERY = re.compile("？(?=[A-Za-z_Ａ-Ｚａ-ｚ＿]{1,30}[=＝])")
_NARROW = {code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}
_NARROW |= {ord(wide): ord(narrow) for wide, narrow in zip("－．／：＝＠＿％＆＃", "-./:=@_%&#", strict=True)}


def normalise(text: str) -> str:
    """Return *text* without the escapes of JSON, Markdown and HTML, and with full-width links made narrow."""
    if "\\" in text:
        text = _ESCAPED.sub(lambda found: found[1] or found[3] or chr(int(found[2], 16)), text)
    if "&" in text and ";" in text:
        text = _ENTITY.sub(lambda found: html.unescape(_AMP.sub("&", found[0])), text)
    if not text.isascii() and _WIDE.search(text) is not None:
        text = _WIDE_QUERY.sub("?", text).translate(_NARROW)
    if text.count("://") > 1:
        text = _GLUED.sub(" ", text)
    return text


def build_scanner(ids: Sequence[BareId]) -> re.Pattern[str]:
    """
    Return the expression that finds possible links.

    The last matched group identifies the form: one of *ids*, those alone in their line first; then REST (of scheme,
    netloc, rest), CODED (a percent-encoded link) or TAIL (of host, tail: written without a scheme).
    """
    words = "|".join(f"({form.prefix}{form.text})" for form in ids if not form.is_alone)
    lines = "|".join(f"({form.prefix}{form.text})" for form in ids if form.is_alone)
    named = rf"(?<![{_LETTER}@])(?:{words})(?![{_LETTER}@])|" if words else ""
    alone = rf"(?m:^)[^\S\n]*+(?:{lines})[^\S\n]*+(?m:$)|" if lines else ""
    # Most positions of a text fail at the first two assertions.
    return re.compile(rf"{alone}(?<![A-Za-z])(?=[A-Za-z0-9])(?:{named}{_FORMS})")


def build_posing(domains: Iterable[str]) -> re.Pattern[str]:
    """
    Return the expression that finds one of *domains* in a look-alike host.

    A short name must be whole labels with more labels behind it: ``netflix.com`` ends in ``x.com``.
    """
    forms = []
    for domain in sorted(domains):
        name, _, zone = re.escape(domain).rpartition(r"\.")
        forms.append(
            rf"{name}[.\-]{zone}(?![a-z0-9])"
            if len(domain) > len(zone) + _LONG_NAME
            else rf"(?<![^.]){name}\.{zone}[.\-@]"
        )
    return re.compile("|".join(forms) or r"(?!)", re.IGNORECASE)


def strip_tail(link: str) -> str:
    """Return *link* without the punctuation of the sentence around it."""
    return link.rstrip(_TRAILING)


def visible(text: str) -> str:
    """Return *text* without zero-width characters."""
    return text if text.isascii() else text.translate(_DROPPED)


def shorter(rest: str) -> str | None:
    """Return *rest* up to the place where the sentence may continue, None if there is no such place."""
    found = _CUT.search(rest, 1)
    return rest[: found.start()] if found is not None else None


def longer(text: str, end: int) -> int:
    """Return the end of the link if the letters after *end* belong to it."""
    found = _LONGER.match(text, end)
    return end if found is None else found.end()


def runs_on(neighbour: str) -> bool:
    """Whether the character *neighbour* makes a host part of a longer name, as a Cyrillic letter does."""
    return neighbour.isalpha() and _CJK.match(neighbour) is None
