"""`tools/mutants`: which mutations a line has, and that each is the one it says."""

import ast

import pytest

from tools.mutants.mutations import find_mutations, mutate


def mutants(text: str) -> list[str]:
    """Return *text* with each of its mutations."""
    return [ast.unparse(mutate(text, one.number)) for one in find_mutations("m.py", text)]


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("x = a < b", ["x = a <= b"]),
        ("x = a is b in c", ["x = a is not b in c", "x = a is b not in c"]),
        ("x = a and b", ["x = a or b", "x = b", "x = a"]),
        ("x = a and b and c", ["x = a or b or c", "x = b and c", "x = a and c", "x = a and b"]),
        ("x = not a", ["x = a"]),
        ("a = 5", ["a = 6"]),
        ("a = True", ["a = False"]),
        ("a = 'key'", ["a = 'key~'"]),
        ("a = 'some words'", []),
        ("a = f'{b} x'", []),
        ("a = b + c", ["a = b - c"]),
        ("a += b", ["a -= b"]),
        ("a = b[c:d]", ["a = b[:d]", "a = b[c:]"]),
        ("a = b.strip()", ["a = b"]),
        ("a = b.partition(c)", ["a = b.rpartition(c)"]),
        ("a = sorted(b, key=c)", ["a = sorted(b)"]),
        ("a = max(b)", ["a = min(b)"]),
        ("isinstance(a, b | c)", ["pass", "isinstance(a, b)", "isinstance(a, c)"]),
        ("a = b if c else d", ["a = b if not c else d"]),
        ("while a:\n    break", ["while not a:\n    break", "while a:\n    continue"]),
        ("try:\n    pass\nexcept (a, b):\n    pass", ["try:\n    pass\nexcept (b,):\n    pass", "try:\n    pass\nexcept (a,):\n    pass"]),
        ("def f() -> 'int':\n    'Doc'\n    return a", ["def f() -> 'int':\n    \"\"\"Doc\"\"\"\n    return None"]),
        ("assert a < 1", []),
        ("T = TypeVar('T')\nPath = 'a' | b\na: 'b'\nc = cast('d', e)", []),
        ("@f(1)\nclass A(B):\n    a = field(repr=True)", []),
    ],
)
def test_mutations(text: str, changed: list[str]) -> None:
    assert mutants(text) == changed


def test_a_mutation_knows_its_line_and_its_function() -> None:
    text = "LIMIT = 0\n\n@d\ndef f(a=2):\n    return [b + 1 for b in a]\n\nclass C:\n    def g(self):\n        h()\n"
    found = {one.before: (one.line, one.function) for one in find_mutations("m.py", text)}
    assert found == {
        "0": (1, None),
        "1": (5, (3, 5)),
        "2": (4, None),
        "return [b + 1 for b in a]": (5, (3, 5)),
        "b + 1": (5, (3, 5)),
        "h()": (9, (8, 9)),
    }
    assert str(find_mutations("m.py", text)[0]) == "m.py:1: 0  ->  1"
    with pytest.raises(IndexError):
        mutate(text, 99)
