"""Mutants of a module: the same module with one small fault put in, as a slip of the pen would."""

import ast
import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import CodeType, EllipsisType

COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
OPPOSITES = {
    "min": "max",
    "any": "all",
    "bisect_left": "bisect_right",
    "startswith": "endswith",
    "removeprefix": "removesuffix",
    "partition": "rpartition",
    "lower": "upper",
    "lstrip": "rstrip",
    "floor": "ceil",
    "search": "fullmatch",
}
SWAPPED = OPPOSITES | {other: one for one, other in OPPOSITES.items()}
ORDERING = {"sorted", "reversed"}
"""Functions whose argument serves as well, but for its order."""

SPELT_OUT = {"frozen", "slots", "kw_only", "gc"}
"""Keywords that say how a class is built, and not what it does."""

LONGEST_SHOWN = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in a tree something can be exchanged: a field of a node, or an item of such a field."""

    parent: ast.AST
    name: str
    index: int | None

    def put(self, value: object) -> None:
        if self.index is None:
            setattr(self.parent, self.name, value)
        else:
            getattr(self.parent, self.name)[self.index] = value


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One fault. ``key`` tells it from all others of its module, as long as its function stays as it is.

    ``lines`` are those of the function around it, ``None`` where it is run when the module is imported;
    ``own`` those of what was exchanged.
    """

    key: str
    lines: range | None
    own: range
    tree: ast.Module = field(repr=False)
    place: Place = field(repr=False)
    original: ast.AST = field(repr=False)
    replacement: ast.AST = field(repr=False)

    @property
    def line(self) -> int:
        """The first of its own lines."""
        return self.own.start

    def compile(self, path: str) -> CodeType:
        """Compile the module with the fault in it."""
        with self._put_in():
            return compile(self.tree, path, "exec")

    @contextmanager
    def _put_in(self) -> Iterator[None]:
        self.place.put(self.replacement)
        yield
        self.place.put(self.original)


def list_mutants(source: str) -> list[Mutant]:
    """Return all mutants of a module, in the order of its lines."""
    tree = ast.parse(source)
    seen: dict[str, int] = {}
    mutants = []
    for place, node, function, name in _walk(tree, None, ""):
        for replacement in _list_replacements(node):
            key = f"{name or 'module'}: {_show(node)} → {_show(replacement)}"
            seen[key] = seen.get(key, 0) + 1
            mutants.append(
                Mutant(
                    key=key if seen[key] == 1 else f"{key} ({seen[key]})",
                    lines=_span(function, function) if function else None,
                    own=_span(node, node.test if isinstance(node, ast.If | ast.While) else node),
                    tree=tree,
                    place=place,
                    original=node,
                    replacement=ast.fix_missing_locations(ast.copy_location(replacement, node)),
                )
            )
    return sorted(mutants, key=lambda mutant: mutant.line)


def _span(first: ast.expr | ast.stmt, last: ast.expr | ast.stmt) -> range:
    """Return the lines from the beginning of one node to the end of another."""
    return range(first.lineno, (last.end_lineno or last.lineno) + 1)


type _Function = ast.FunctionDef | ast.AsyncFunctionDef
type _Found = tuple[Place, ast.expr | ast.stmt, _Function | None, str]


def _walk(parent: ast.AST, function: _Function | None, name: str) -> Iterator[_Found]:
    """Yield what can be exchanged below a node, with the outermost function around it and its name."""
    for field_name, value in ast.iter_fields(parent):
        if _is_left_alone(parent, field_name):
            continue
        items = value if isinstance(value, list) else [value]
        for index, node in enumerate(items):
            if not isinstance(node, ast.AST) or _is_for_readers(node) or _is_spelt_out(node):
                continue
            # Defaults are made when the function is.
            around = None if isinstance(parent, ast.arguments) else function
            inner, called = around, name
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                called = f"{name}.{node.name}" if name else node.name
                inner = around if isinstance(node, ast.ClassDef) else around or node
            if isinstance(node, ast.expr | ast.stmt):
                place = Place(
                    parent=parent, name=field_name, index=index if isinstance(value, list) else None
                )
                yield place, node, around, name
            yield from _walk(node, inner, called)


def _is_left_alone(parent: ast.AST, name: str) -> bool:
    """Tell whether a field says nothing that is run: annotations, decorators, what is assigned to."""
    return name in {"annotation", "returns", "decorator_list", "type_params", "ctx", "targets", "target"} or (
        isinstance(parent, ast.Import | ast.ImportFrom | ast.TypeAlias | ast.Global | ast.Nonlocal)
    )


def _is_for_readers(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str | EllipsisType)
    )


def _is_spelt_out(node: ast.AST) -> bool:
    return isinstance(node, ast.keyword) and node.arg in SPELT_OUT


def _list_replacements(node: ast.expr | ast.stmt) -> list[ast.expr | ast.stmt]:
    find = _FINDERS.get(type(node))
    return list(find(node)) if find else []


def _vary_comparison(node: ast.Compare) -> Iterator[ast.expr]:
    for index, operator in enumerate(node.ops):
        for other in COMPARISONS[type(operator)]:
            yield _change(node, ops=[*node.ops[:index], other(), *node.ops[index + 1 :]])


def _vary_logic(node: ast.BoolOp) -> Iterator[ast.expr]:
    yield _change(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
    for index in range(len(node.values)):
        rest = [*node.values[:index], *node.values[index + 1 :]]
        yield rest[0] if len(rest) == 1 else _change(node, values=rest)


def _vary_unary(node: ast.UnaryOp) -> Iterator[ast.expr]:
    yield node.operand


def _vary_arithmetic(node: ast.BinOp) -> Iterator[ast.expr]:
    if type(node.op) in OPERATORS:
        yield _change(node, op=OPERATORS[type(node.op)]())


def _vary_constant(node: ast.Constant) -> Iterator[ast.expr]:
    match node.value:
        case bool():
            yield ast.Constant(not node.value)
        case int() | float():
            yield ast.Constant(node.value + 1)
            yield ast.Constant(node.value - 1)
        case str():
            yield ast.Constant(node.value[:-1] + "~")
        case bytes():
            yield ast.Constant(node.value[:-1] + b"~")


def _vary_call(node: ast.Call) -> Iterator[ast.expr]:
    match node.func:
        case ast.Name(id=name) if name in SWAPPED:
            yield _change(node, func=ast.Name(SWAPPED[name], ast.Load()))
        case ast.Attribute(attr=name) if name in SWAPPED:
            yield _change(node, func=_change(node.func, attr=SWAPPED[name]))
        case ast.Attribute(attr="strip"):
            yield _change(node, func=_change(node.func, attr="lstrip"))
            yield _change(node, func=_change(node.func, attr="rstrip"))
        case ast.Name(id=name) if name in ORDERING and node.args:
            yield ast.Call(ast.Name("list", ast.Load()), [node.args[0]], [])
    for index, keyword in enumerate(node.keywords):
        if isinstance(keyword.value, ast.Constant):  # it is varied by itself
            continue
        yield _change(node, keywords=[*node.keywords[:index], *node.keywords[index + 1 :]])


def _vary_slice(node: ast.Slice) -> Iterator[ast.expr]:
    for bound in ("lower", "upper", "step"):
        if getattr(node, bound) is not None:
            yield _change(node, **{bound: None})


def _vary_condition(node: ast.IfExp | ast.If | ast.While) -> Iterator[ast.expr | ast.stmt]:
    if not isinstance(node.test, ast.Compare | ast.UnaryOp):  # those are turned round by themselves
        yield _change(node, test=ast.UnaryOp(ast.Not(), node.test))


type _Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def _vary_comprehension(node: _Comprehension) -> Iterator[ast.expr]:
    for index, loop in enumerate(node.generators):
        for place in range(len(loop.ifs)):
            less = _change(loop, ifs=[*loop.ifs[:place], *loop.ifs[place + 1 :]])
            yield _change(node, generators=[*node.generators[:index], less, *node.generators[index + 1 :]])


def _vary_return(node: ast.Return) -> Iterator[ast.stmt]:
    if node.value is not None and not (isinstance(node.value, ast.Constant) and node.value.value is None):
        yield ast.Return(ast.Constant(None))


def _drop(_: ast.stmt) -> Iterator[ast.stmt]:
    yield ast.Pass()


def _change[N: ast.AST](node: N, **fields: object) -> N:
    """Return a node that differs from another in some fields and shares the others with it."""
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


_FINDERS: dict[type[ast.AST], Callable[..., Iterator[ast.expr | ast.stmt]]] = {
    ast.Compare: _vary_comparison,
    ast.BoolOp: _vary_logic,
    ast.UnaryOp: _vary_unary,
    ast.BinOp: _vary_arithmetic,
    ast.Constant: _vary_constant,
    ast.Call: _vary_call,
    ast.Slice: _vary_slice,
    ast.IfExp: _vary_condition,
    ast.If: _vary_condition,
    ast.While: _vary_condition,
    ast.ListComp: _vary_comprehension,
    ast.SetComp: _vary_comprehension,
    ast.DictComp: _vary_comprehension,
    ast.GeneratorExp: _vary_comprehension,
    ast.Return: _vary_return,
    ast.Expr: _drop,
    ast.AugAssign: _drop,
    ast.Raise: _drop,
    ast.Continue: _drop,
    ast.Break: _drop,
    ast.Delete: _drop,
}


def _show(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"
