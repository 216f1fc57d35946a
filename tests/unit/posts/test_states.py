"""The states of a page: which scripts are read, in which order, and which reason counts where none holds a post."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from scraper.errors import ErrorCode, PayloadError, SeedError
from scraper.posts.scripts import find_scripts, load_assigned, load_json, load_object
from scraper.posts.states import find_in_answer


@dataclass
class Found:
    raws: list[Any] = field(default_factory=list)


def find(data: Any) -> Found:
    if data == {}:
        raise PayloadError("id", "expected str, got nothing")
    if "refused" in data:
        raise SeedError(ErrorCode.PRIVATE)
    return Found(data["ids"])


def read(text: str) -> list[Any]:
    return find_in_answer(text, ("A", "B"), ("__S__", "__T__"), find).raws


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        (' \n{"ids": [1]}', [1]),
        ('<script id=B>{"ids": [2]}</script><script id=A>{"ids": [1]}</script>', [1]),
        ('<script id=A>{"ids": []}</script><script id=B>{"ids": [2]}</script>', [2]),
        ('<script id=A>{"ids": []}</script><script id=B>{}</script>', []),
        ('<script id=A>{broken</script><script id=A> {"ids": [3]}</script>', [3]),
        ('<script id=A>{"refused": 1}</script><script id=B>{"ids": [2]}</script>', [2]),
        ('<script id=A>null</script><script id=A>{"ids": [3]}</script>', [3]),
        ('<script id=A>null</script><script id=B>{"ids": [2]}</script>', [2]),
        ("<script id=A>\n%7B%22ids%22%3A%20[4]}</script>", [4]),
        ("<script id=A>%7b%22ids%22%3A%20[4]}</script>", [4]),
        ('<script id=C>{"ids": [9]}</script><script>x.__T__={"ids": [5]}</script>', [5]),
        ('<script>__T__={"ids": [6]}</script><script>__S__={"ids": [5]}</script>', [5]),
        ('<script>__S__={broken</script><script>__S__=[1]</script><script>__S__={"ids": [7]};more</script>', [7]),
        ('<script>{"__S__={": 1}</script><script>["__S__={"]</script><script>__S__ = {"ids": [8]}</script>', [8]),
        (f'<script>{" " * 195}__S__ = {{"ids": [8]}}</script>', [8]),
    ],
)
def test_a_state_is_found(text: str, ids: list[int]) -> None:
    assert read(text) == ids


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("<script id=A>{}</script><script id=A>{broken</script>", "^id: expected str, got nothing$"),
        ("<script id=A>{broken</script>", r"^script#A: expected JSON, got '\{broken' \("),
        ("<script>__S__={broken;</script>", r"^__S__: expected JSON, got '\{broken;' \("),
        (f'<script>{" " * 196}__S__ = {{"ids": [8]}}</script>', "^script#A: expected a script, got nothing$"),
        ('<script>\n {"__S__={": 1}</script><script>["__S__={"]</script>', r"^script#A: expected a script, got nothing$"),
        ("<script id=A>null</script>", "^script#A: expected a script, got nothing$"),
        ("  who are you, and what do you want? ", r"^\$: expected a page or JSON, got 'who are you, and wha'$"),
        ("", r"^\$: expected a page or JSON, got ''$"),
        ("[", r"^\$: expected JSON, got '\[' \("),
    ],
)
def test_what_is_wrong_with_a_page_is_named(text: str, problem: str) -> None:
    with pytest.raises(PayloadError, match=problem):
        read(text)


def test_a_name_stands_in_for_an_id() -> None:
    with pytest.raises(PayloadError, match=r"^__S__: expected a script, got nothing$"):
        find_in_answer("<html>", (), ("__S__",), find)


@pytest.mark.parametrize("text", ["<script id=A>{}</script>", '<script id=A>{"ids": []}</script>'])
def test_a_refusal_counts_more(text: str) -> None:
    with pytest.raises(SeedError):
        read(f'{text}<script id=B>{{"refused": 1}}</script>')


@pytest.mark.parametrize(
    ("tag", "script_id"),
    [
        ('<script defer id = "a b" x>', "a b"),
        ("<script\nid='a'>", "a"),
        ("<script src=x id=a>", "a"),
        ('<script data-id="a">', ""),
        ('<script id="">', ""),
        ("<script>", ""),
        (f'<script {" " * 1990}id="a">', "a"),
        (f'<script {" " * 2000}id="a">', ""),
        ('<SCRIPT ID="a">', "a"),
    ],
)
def test_the_id_of_a_script(tag: str, script_id: str) -> None:
    assert list(find_scripts(f"id=z {tag}text</script id=y><scripted>no</scripted>")) == [(script_id, "text")]


def test_tags_that_are_not_closed() -> None:
    assert list(find_scripts("<script>a</script><script>b")) == [("", "a"), ("", "b")]
    assert list(find_scripts("<script>a</SCRIPT><script")) == [("", "a")]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('S = {"a": 1}', {"a": 1}),
        ('S={"a": NaN};', {"a": None}),
        ("x; window['S'] \n = [1] + 2", [1]),
        (f'S{"x" * 20}={{"a": 1}}', {"a": 1}),
        (f'S{"x" * 21}={{"a": 1}}', None),
        ("S{}={}", None),
        ("T = {}", None),
    ],
)
def test_an_assignment(text: str, value: object) -> None:
    assert load_assigned(text, "S") == value


def test_broken_json_names_its_place() -> None:
    with pytest.raises(PayloadError, match=r"^S: expected JSON, got '\{broken and more tha' \("):
        load_assigned("S={broken and more than twenty", "S")
    with pytest.raises(PayloadError, match=r"^S: expected JSON, got .* nested too deep$"):
        load_assigned("S=" + "[" * 100_000, "S")
    with pytest.raises(PayloadError, match=r"^at: expected JSON, got 'broken and more than' \("):
        load_json("  broken and more than twenty", "at")
    with pytest.raises(PayloadError, match=r"^\$: expected dict, got list$"):
        load_object("[]")
    with pytest.raises(PayloadError, match=r"^at: expected dict, got list$"):
        load_object("[]", "at")


def test_the_first_empty_state_counts() -> None:
    made: list[Found] = []

    def find_nothing(_: Any) -> Found:
        made.append(Found())
        return made[-1]

    found = find_in_answer("<script id=A>{}</script><script id=B>{}</script>", ("A", "B"), (), find_nothing)
    assert len(made) == 2
    assert found is made[0]
