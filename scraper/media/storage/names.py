"""Names of media files: NAME_TEMPLATE, filled in from the record."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from string import Formatter

from scraper.errors import UsageError
from scraper.model.post import Media, Post, Variant
from scraper.text.names import is_reserved, safe_name

DEFAULT = "{platform}/{author}/{platform}_{id}_{index}{_watermark}{_quality}"
ROOT = "media"
MAX_BYTES = 200
"""Longest name in bytes of UTF-8; file systems allow 255, and ``.part`` and the like are added."""
_ENDING = 16
"""Bytes reserved for the extension, and for the mark of a name that differs from another only by case."""
_MAX_LITERAL = 80
"""Most bytes of literal text in one name of a template."""
_ID_BYTES = 64
_PLATFORM_BYTES = 32
_MARK_BYTES = 24
_PLACE_BYTES = 6
_NEEDED = ("platform", "id", "index")
_FORBIDDEN = re.compile(r'[\\:*?"<>|\x00-\x1f\x7f]')
_CUT = re.compile(r"\.([1-9][0-9]?)")


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """The file that a name describes."""

    post: Post
    medium: Media
    variant: Variant
    with_quality: bool


def _author(file: _File) -> str:
    author = file.post.author
    return safe_name(author.handle or "") or safe_name(author.id or "") or "_"


def _mark(file: _File) -> str:
    return "_watermark" if file.variant.watermark is True else ""


def _quality_mark(file: _File) -> str:
    label = _label(file.medium, file.variant, _MARK_BYTES) if file.with_quality else ""
    return f"_{label}" if label else ""


_HARD: Mapping[str, Callable[[_File], str]] = {
    "platform": lambda file: safe_name(file.post.platform, _PLATFORM_BYTES) or "_",
    "id": lambda file: safe_name(file.post.id, _ID_BYTES) or "_",
    "index": lambda file: str(int(file.medium.index)),
    "_watermark": _mark,
    "_quality": _quality_mark,
}
"""Fields that distinguish files; they are never cut."""
_SOFT: Mapping[str, Callable[[_File], str]] = {
    "author": _author,
    "kind": lambda file: str(file.post.kind),
    "role": lambda file: str(file.medium.role),
    "title": lambda file: file.post.title or "",
    "text": lambda file: file.post.text or "",
    "quality": lambda file: file.variant.quality or "",
    "codec": lambda file: file.variant.codec or "",
    "height": lambda file: str(file.variant.height or file.medium.height or ""),
}
_DATE = "date"
_MARKS = ("_watermark", "_quality")


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    spec: str


class NameTemplate:
    """
    Makes the path of a file below ``media/``, from fields in braces and ``/`` between folders.

    ``{date}`` is the day the post was made, or ``{date:%Y}`` and the like; ``{title:.40}`` is at most 40 characters of
    the title. ``{_watermark}`` and ``{_quality}`` distinguish variants, if there are several; a template without
    them gets them at its end, like the extension.
    """

    def __init__(self, text: object) -> None:
        """Raise UsageError for an invalid template."""
        self._text = str(text).strip()
        bare = self._text.removeprefix(f"{ROOT}/").removesuffix("{ext}")
        try:
            pieces = list(Formatter().parse(bare))
        except ValueError as error:
            raise self._problem(f"its braces do not match ({error})") from error
        self._names: list[list[str | _Field]] = [[]]
        for literal, name, spec, conversion in pieces:
            first, *others = literal.split("/")
            self._names[-1].append(first)
            self._names += [[other] for other in others]
            if name is not None:
                self._names[-1].append(self._field(name, spec or "", conversion))
        self._check()
        used = self._fields()
        self._names[-1] += [_Field(mark, "") for mark in _MARKS if mark not in used]

    def stem(self, post: Post, medium: Media, variant: Variant | None, *, with_quality: bool) -> str:
        """Return the path of a file relative to OUTPUT_DIR, without its extension; safe on every system."""
        file = _File(post=post, medium=medium, variant=variant or Variant(url=""), with_quality=with_quality)
        return "/".join([ROOT, *(_tidy(_fill(parts, file)) for parts in self._names)])

    def _field(self, name: str, spec: str, conversion: str | None) -> _Field:
        known = [*_HARD, *_SOFT, _DATE]
        if name not in known:
            near = get_close_matches(name, known, n=1)
            advice = f"did you mean {{{near[0]}}}?" if near else f"expected one of {', '.join(sorted(known))}"
            raise self._problem(f"{{{name[:40]}}} is not a field: {advice}")
        if conversion or (spec and name in _HARD) or (spec and name != _DATE and not _CUT.fullmatch(spec)):
            raise self._problem(f"write {{{name}}} without a format; formats are only {{title:.40}} and {{date:%Y-%m}}")
        if name == _DATE and ("/" in spec or len(spec) > _MARK_BYTES):
            raise self._problem("the format of {date} must be short and without /: write {date:%Y}/{date:%m}")
        return _Field(name, spec)

    def _check(self) -> None:
        used = self._fields()
        if missing := [f"{{{name}}}" for name in _NEEDED if name not in used]:
            raise self._problem(f"{' and '.join(missing)} must be in it, or two files get one name")
        for parts in self._names:
            literal = "".join(part for part in parts if isinstance(part, str))
            if not any(isinstance(part, _Field) for part in parts) and not literal.strip(". "):
                raise self._problem(
                    "it has a folder without a name; it is below media/ anyway: leave out a / at its start"
                )
            if _FORBIDDEN.search(literal) or not literal.isprintable():
                raise self._problem('\\ : * ? " < > | and invisible characters are not allowed in file names')
            if len(literal.encode("utf-8", "replace")) > _MAX_LITERAL:
                raise self._problem(f"it may contain at most {_MAX_LITERAL} bytes of literal text in each name")

    def _fields(self) -> set[str]:
        return {part.name for parts in self._names for part in parts if isinstance(part, _Field)}

    def _problem(self, what: str) -> UsageError:
        return UsageError(f"NAME_TEMPLATE: {self._text[:80]!a}: {what}; the default is {DEFAULT}")


def _fill(parts: Sequence[str | _Field], file: _File) -> str:
    """Return *parts* filled in; the fields that may be cut share the remaining room."""
    fixed = [_HARD[p.name](file) if isinstance(p, _Field) and p.name in _HARD else p for p in parts]
    room = MAX_BYTES - _ENDING - sum(len(part.encode()) for part in fixed if isinstance(part, str))
    soft = [(at, _soft(part, file)) for at, part in enumerate(fixed) if isinstance(part, _Field)]
    for done, (at, value) in enumerate(sorted(soft, key=lambda pair: len(pair[1].encode("utf-8", "ignore")))):
        fixed[at] = cut = safe_name(value, max(0, room // (len(soft) - done)))
        room -= len(cut.encode())
    return "".join(map(str, fixed))


def _soft(field: _Field, file: _File) -> str:
    if field.name == _DATE:
        date = file.post.created_at
        return "" if date is None else date.strftime(field.spec or "%Y-%m-%d")
    value = _SOFT[field.name](file)
    cut = _CUT.fullmatch(field.spec)
    return value[: int(cut[1])] if cut else value


def _tidy(name: str) -> str:
    """Return *name* in a form that every system accepts."""
    name = re.sub(r"\.{2,}", ".", name).strip(" .")
    if not name:
        return "_"
    return f"_{name}" if name[0] == "-" or is_reserved(name) else name


def _label(medium: Media, variant: Variant, limit: int) -> str:
    """Return the quality of *variant*, with its position if a sibling has the same one."""

    def name(one: Variant) -> tuple[str, bool]:
        return safe_name(one.quality or "", limit - _PLACE_BYTES), one.watermark is True

    quality, is_marked = name(variant)
    others = [name(other) for other in medium.variants if other is not variant]
    if not any((other.lower(), marked) == (quality.lower(), is_marked) for other, marked in others):
        return quality
    place = next((number for number, one in enumerate(medium.variants, 1) if one is variant), 0)
    return f"{quality}-v{place}" if quality else f"v{place}"
