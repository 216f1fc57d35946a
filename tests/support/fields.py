"""The tables of docs/outputs.md, made from the docstrings of the fields of a dataclass."""

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from importlib import import_module
from textwrap import dedent

from scraper.model import post as items

_BLOCK = re.compile(r"(<!-- fields: (?P<name>[\w.]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_HEAD = "| Field | Type | What it is |\n|---|---|---|\n"


def fill(page: str) -> str:
    """Fill the tables of *page*: one between the marks of each dataclass that it names."""
    return _BLOCK.sub(lambda found: f"{found[1]}{_table(found['name'])}{found[3]}", page)


def named(page: str) -> list[str]:
    """Return the dataclasses that *page* names."""
    return [found["name"] for found in _BLOCK.finditer(page)]


def _table(name: str) -> str:
    module, _, attribute = name.rpartition(".")
    kind = getattr(import_module(module), attribute)
    rows = "".join(f"| `{field}` | {shown} | {words or _of_records(field)} |\n" for field, shown, words in _said(kind))
    return _HEAD + rows


def _of_records(field: str) -> str:
    """Return the record's docstring for a field of that name; every field must have one somewhere."""
    kinds = (items.Post, items.Media, items.Variant, items.File, items.Probe, items.Author, items.Stats, items.Provenance)
    return next(words for kind in kinds for name, _, words in _said(kind) if name == field and words)


@cache
def _said(kind: type) -> list[tuple[str, str, str]]:
    """Return name, type and docstring of each field, inherited fields first."""
    known = {field.name for field in fields(kind) if field.metadata.get("is_recorded", True)}
    written = (entry for base in reversed(kind.__mro__[:-1]) for entry in _docstrings(base))
    return [(name, shown, words) for name, shown, words in written if name in known]


def _docstrings(kind: type) -> Iterator[tuple[str, str, str]]:
    """Yield each annotated name with its written type, and the docstring that follows it."""
    (tree,) = ast.parse(dedent(inspect.getsource(kind))).body
    assert isinstance(tree, ast.ClassDef)
    for place, node in enumerate(tree.body):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            after = tree.body[place + 1] if place + 1 < len(tree.body) else None
            is_docstring = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
            words = " ".join(str(after.value.value).split()) if is_docstring else ""  # type: ignore[union-attr]
            yield node.target.id, _type(ast.unparse(node.annotation)), _code(words)


def _type(written: str) -> str:
    """Return a readable type: ``null`` for None, without brackets."""
    written = re.sub(r"dict\[.*?\]", "object", written)
    written = re.sub(r"\b(Kind|Role)\b", "str", written)
    plain = written.replace("None", "null").replace("datetime", "ISO 8601 time").replace("'", "`").replace(" | ", " or ")
    return re.sub(r"Literal\[(.*?)\]", r"\1", plain).replace("list[", "list of ").replace("]", "")


def _code(words: str) -> str:
    return words.replace("``", "`").replace("|", "\\|").replace("*", "")
