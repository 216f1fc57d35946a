"""The mutations of one module: each changes one expression or statement into its nearest wrong neighbour."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_NEIGHBOURS = {
    "startswith": "endswith",
    "endswith": "startswith",
    "removeprefix": "removesuffix",
    "partition": "rpartition",
    "rpartition": "partition",
    "lstrip": "rstrip",
    "rstrip": "lstrip",
    "match": "search",
    "search": "match",
    "fullmatch": "match",
}
_PLAIN_CALLS = {"strip", "lstrip", "rstrip", "lower", "upper"}
"""Methods of a text whose call is left out."""
_BUILTINS = {"min": "max", "max": "min", "any": "all", "all": "any"}
_TYPED = {"TypeVar", "cast"}
"""Functions whose texts only the type checker reads."""
_OF_STYLE = {"strict", "repr", "slots", "kw_only", "frozen"}
"""Keywords that change no result of ours."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """One change; *number* finds it again in the same text."""

    path: str
    number: int
    line: int
    function: tuple[int, int] | None
    """First and last line of the outermost function around it; None = it acts when the module is imported."""
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.before}  ->  {self.after}"


@dataclass(frozen=True, slots=True)
class _Place:
    """The place of a node in its tree."""

    parent: ast.AST
    field: str
    index: int | None

    def put(self, node: ast.AST) -> None:
        if self.index is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.index] = node


def find_mutations(path: str, text: str) -> list[Mutation]:
    """Return all mutations of the module *text*, in the order of its nodes."""
    found = []
    for number, (place, old, new, function) in enumerate(_changes(ast.parse(text))):
        line: int = getattr(old, "lineno", 0) or getattr(place.parent, "lineno", 1)
        found.append(Mutation(path, number, line, function, _show(old), _show(new)))
    return found


def mutate(text: str, number: int) -> ast.Module:
    """Return the tree of *text* with the mutation *number*."""
    tree = ast.parse(text)
    for index, (place, _, new, _) in enumerate(_changes(tree)):
        if index == number:
            place.put(new)
            return ast.fix_missing_locations(tree)
    raise IndexError(number)


def _show(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 100 else f"{text[:97]}..."


_Change = tuple[_Place, ast.AST, ast.AST, tuple[int, int] | None]


def _changes(tree: ast.Module) -> Iterator[_Change]:
    for place, node, function in _walk(tree, None):
        for new in _mutants(node, place):
            yield place, node, ast.copy_location(new, node), function


def _walk(parent: ast.AST, function: tuple[int, int] | None) -> Iterator[tuple[_Place, ast.AST, Any]]:
    for field, value in ast.iter_fields(parent):
        inside = function or _span(parent, field)
        for index, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(node, ast.AST) and not _is_left_out(parent, field, node):
                yield _Place(parent, field, index), node, inside
                yield from _walk(node, inside)


def _span(parent: ast.AST, field: str) -> tuple[int, int] | None:
    """Return the lines of the function whose body *field* of *parent* is; None for anything else."""
    if field != "body" or not isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef):
        return None
    first = min((parent.lineno, *(decorator.lineno for decorator in parent.decorator_list)))
    return first, parent.end_lineno or first


def _is_left_out(parent: ast.AST, field: str, node: ast.AST) -> bool:
    """Whether nothing is changed below *node*: types, decorators, assertions, texts for people."""
    if field in ("annotation", "returns", "decorator_list", "bases") or isinstance(node, ast.Assert | ast.JoinedStr):
        return True
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True  # a docstring
    if isinstance(parent, ast.keyword):
        return parent.arg in _OF_STYLE
    if isinstance(node, ast.Assign) and isinstance(name := node.targets[0], ast.Name):
        return name.id in ("__all__", "__slots__") or _is_type(name.id)
    return isinstance(node, ast.Constant) and _calls(parent, _TYPED)


def _is_type(name: str) -> bool:
    """Whether *name* is that of a type, not of a constant."""
    return name[0].isupper() and (len(name) == 1 or not name.isupper())


def _calls(node: ast.AST, names: set[str]) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names


def _mutants(node: ast.AST, place: _Place) -> Iterator[ast.AST]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr) and _calls(place.parent, {"isinstance"}):
        yield from (node.left, node.right)
    elif (mutants := _MUTANTS.get(type(node))) is not None:
        yield from mutants(node)
    if isinstance(node, ast.Tuple) and isinstance(place.parent, ast.ExceptHandler):
        for index in range(len(node.elts)):
            yield ast.Tuple(node.elts[:index] + node.elts[index + 1 :], ast.Load())
    if isinstance(node, ast.Name | ast.Attribute | ast.NamedExpr | ast.Call) and _is_condition(place):
        yield ast.UnaryOp(ast.Not(), node)


def _compare(node: ast.Compare) -> Iterator[ast.AST]:
    for index, operator in enumerate(node.ops):
        others = [*node.ops]
        others[index] = _COMPARISONS[type(operator)]()
        yield ast.Compare(node.left, others, node.comparators)


def _boolean(node: ast.BoolOp) -> Iterator[ast.AST]:
    yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    for index in range(len(node.values)):
        rest = node.values[:index] + node.values[index + 1 :]
        yield rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)


def _negation(node: ast.UnaryOp) -> Iterator[ast.AST]:
    if isinstance(node.op, ast.Not):
        yield node.operand


def _operation(node: ast.BinOp | ast.AugAssign) -> Iterator[ast.AST]:
    if (other := _OPERATORS.get(type(node.op))) is None:
        return
    if isinstance(node, ast.BinOp):
        yield ast.BinOp(node.left, other(), node.right)
    else:
        yield ast.AugAssign(node.target, other(), node.value)


def _return(node: ast.Return) -> Iterator[ast.AST]:
    if node.value is not None and not (isinstance(node.value, ast.Constant) and node.value.value is None):
        yield ast.Return(ast.Constant(None))


def _slice(node: ast.Slice) -> Iterator[ast.AST]:
    if node.lower is not None:
        yield ast.Slice(None, node.upper, node.step)
    if node.upper is not None:
        yield ast.Slice(node.lower, None, node.step)


def _statement(node: ast.Expr) -> Iterator[ast.AST]:
    if not isinstance(node.value, ast.Constant):
        yield ast.Pass()


def _jump(node: ast.Continue | ast.Break) -> Iterator[ast.AST]:
    yield ast.Break() if isinstance(node, ast.Continue) else ast.Continue()


def _constant(node: ast.Constant) -> Iterator[ast.AST]:
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int | float):
        yield ast.Constant(value + 1)
    elif isinstance(value, str) and " " not in value.strip():  # what has words in it is a text for people, or SQL
        yield ast.Constant(f"{value}~")


def _call(node: ast.Call) -> Iterator[ast.AST]:
    if isinstance(node.func, ast.Name) and node.func.id in _BUILTINS:
        yield ast.Call(ast.Name(_BUILTINS[node.func.id], ast.Load()), node.args, node.keywords)
    if isinstance(node.func, ast.Attribute):
        name, owner = node.func.attr, node.func.value
        if name in _NEIGHBOURS:
            yield ast.Call(ast.Attribute(owner, _NEIGHBOURS[name], ast.Load()), node.args, node.keywords)
        if name in _PLAIN_CALLS:
            yield owner
    for index, keyword in enumerate(node.keywords):
        if keyword.arg == "key":
            yield ast.Call(node.func, node.args, node.keywords[:index] + node.keywords[index + 1 :])


def _is_condition(place: _Place) -> bool:
    """Whether what stands there decides which way to go."""
    decides = isinstance(place.parent, ast.If | ast.While | ast.IfExp) and place.field == "test"
    return decides or (isinstance(place.parent, ast.comprehension) and place.field == "ifs")


_MUTANTS: dict[type[ast.AST], Callable[[Any], Iterator[ast.AST]]] = {
    ast.Compare: _compare,
    ast.BoolOp: _boolean,
    ast.UnaryOp: _negation,
    ast.Constant: _constant,
    ast.BinOp: _operation,
    ast.AugAssign: _operation,
    ast.Return: _return,
    ast.Slice: _slice,
    ast.Call: _call,
    ast.Expr: _statement,
    ast.Continue: _jump,
    ast.Break: _jump,
}
