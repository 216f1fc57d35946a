"""The captured answers, if their folder exists."""

import json
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.support.sites import SITES

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
MAPS: dict[str, ModuleType] = {name: import_module(f"tests.platforms.{name}.corpus") for name in SITES}
COUNT = sum(corpus.COUNT for corpus in MAPS.values())


def read_rows() -> list[dict[str, Any]]:
    index = CORPUS / "INDEX.jsonl"
    rows = [json.loads(line) for line in index.read_text("utf-8").split("\n") if line] if index.exists() else []
    return [row for row in rows if row["platform"] in SITES]


ROWS = read_rows()
needs_corpus = pytest.mark.skipif(
    not ROWS, reason=f"{COUNT} captured answers are not compared: no folder {CORPUS.name}"
)


def text_of(row: dict[str, Any]) -> str:
    text: str = (CORPUS / row["file"]).read_text("utf-8", errors="replace")
    return text
