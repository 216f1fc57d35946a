"""`tools/plain.py`: each rule fails on an offender, in code and in prose; code and addresses are exempt."""

from pathlib import Path

import pytest

from tools.plain import DOCSTRING_RULES, RULES, Fault, Passage, find_faults, judge, main, read_code

OFFENDERS = {
    "a person is told": "told",
    "the name tells it from others": "tells",
    "the run goes on with the next": "goes on with",
    "it was gone\non with": "gone on with",
    "what is none": "is none",
    "those that are none": "are none",
    "for who asks": "who asks",
    "Whoever asks gets it": "Whoever asks",
    "Nobody knows": "Nobody",
    "it cannot be had": "be had",
    "it stays as it is.": "as it is",
    "they stay as they are": "as they are",
}
BEGINNINGS = {
    "What a run holds.": "What",
    "Who fetches a post.": "Who",
    "\n    Whose post it is.": "Whose",
    "Which seeds are open.": "Which",
    "How a run ends.": "How",
    "Where a seed stands.": "Where",
    "Why it failed.": "Why",
    "Whoever comes first.": "Whoever",
    "Return what a folder holds.": "Return what",
    "Yields who is there.": "Yields who",
}
PLAIN = (
    "there is none",
    "A value is None.",
    "the list goes on without it",
    "as it is the first",
    "retold, foretells",
    "Whether it is open.",
    "Return whether it is open.",
    "`told` and ``nobody`` are words",
    "see https://example.com/who/nobody?told=1",
    "[a page](internals/nobody.md)",
    "```\nnobody is told\n```",
)


def words(text: str, *, is_docstring: bool = False) -> list[str]:
    return [fault.words for fault in judge(Passage("a.py", 1, text, is_docstring))]


@pytest.mark.parametrize(("text", "found"), OFFENDERS.items())
@pytest.mark.parametrize("is_docstring", [True, False])
def test_a_rule_fails_on_an_offender(text: str, found: str, is_docstring: bool) -> None:
    assert words(f"First, {text}", is_docstring=is_docstring) == [found]


@pytest.mark.parametrize(("text", "found"), BEGINNINGS.items())
def test_a_docstring_begins_with_a_noun_or_a_verb(text: str, found: str) -> None:
    assert words(text, is_docstring=True) == [found]
    assert words(text) == []
    assert words(f"A noun. {text}", is_docstring=True) == []


@pytest.mark.parametrize("text", PLAIN)
def test_plain_words_code_and_addresses_are_fine(text: str) -> None:
    assert words(text, is_docstring=True) == []


def test_every_rule_has_an_offender_and_better_words() -> None:
    assert all(any(rule.pattern.search(text) for text in OFFENDERS) for rule in RULES)
    assert all(any(rule.pattern.search(text) for text in BEGINNINGS) for rule in DOCSTRING_RULES)
    assert all(list(judge(Passage("a.py", 1, rule.instead))) == [] for rule in (*RULES, *DOCSTRING_RULES))


CODE = '''\
"""Nobody."""


class Told:
    """A class."""

    name = "told"  # nobody
    """How it is called."""
    url = "https://example.com/nobody"

    def tells(self, nobody: str) -> str:
        """
        Return it.

        The caller is told.
        """
        return f"{nobody} was told {self.name!r}" "; nobody else"
'''


def test_docstrings_comments_and_sentences_are_read_but_no_names() -> None:
    found = [(fault.line, fault.words) for passage in read_code("a.py", CODE) for fault in judge(passage)]
    assert sorted(found) == [(1, "Nobody"), (7, "nobody"), (8, "How"), (15, "told"), (17, "nobody"), (17, "told")]


def test_a_code_span_is_exempt_within_its_paragraph() -> None:
    assert words("an odd ` tick\n\nnobody is there ` again") == ["nobody"]
    assert words("`a span\nof nobody` ends") == []


def write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text, "utf-8")


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/a.md", "docs/internals/b.md"])
def test_pages_are_read(tmp_path: Path, name: str) -> None:
    write(tmp_path, name, "# A page\n\n| x | stays as it is |\n")
    assert list(find_faults(tmp_path)) == [Fault(name, 3, "as it is", "unchanged")]


@pytest.mark.parametrize("name", ["scraper/a/b.py", "spiders/x/y.py", "pipelines/a.py", "tools/a.py"])
def test_code_is_read(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, "tests/a.py", "# nobody\n")
    assert main(tmp_path) == 0
    write(tmp_path, name, "\n# whoever asks\n")
    assert main(tmp_path) == 1
    assert capsys.readouterr().err == f"{name}:2: 'whoever asks': say instead: the caller\n"
