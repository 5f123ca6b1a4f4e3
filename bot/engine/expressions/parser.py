"""From words to a tree: XPath 1.0's precedence, read by one loop (top-down operator precedence)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, cast

from bot.engine.expressions.errors import ExpressionError, excerpt
from bot.engine.expressions.tokens import REFERENCE, Token, tokens
from bot.engine.expressions.tree import (
    Call,
    Chain,
    Column,
    Current,
    Negation,
    Number,
    Operator,
    Parent,
    Reference,
    Text,
    Tree,
)

LENGTH: Final = 4_000
"""Most characters of an expression."""

DEPTH: Final = 50
"""Deepest nesting, of brackets and operators in the source and of nodes in the tree: none can exhaust the stack."""

CHOICE_NAME: Final = "jr:choice-name"

_RANKS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "or": 1,
        "and": 2,
        "=": 3,
        "!=": 3,
        "<": 4,
        "<=": 4,
        ">": 4,
        ">=": 4,
        "+": 5,
        "-": 5,
        "*": 6,
        "div": 6,
        "mod": 6,
    }
)


def read(source: str) -> Tree:
    """Returns the tree of an expression. Raises ExpressionError (syntax, too_long, too_deep)."""
    if len(source) > LENGTH:
        raise ExpressionError("too_long", f"{len(source)} > {LENGTH}", LENGTH)
    reader = _Reader(source)
    tree = reader.chain(1)
    if reader.token.kind != "end":
        raise reader.unexpected()
    _measure(tree, 1)
    return tree


class _Reader:
    """A place in the words of one source."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.tokens = tokens(source)
        self.next = 0
        self.nesting = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.next]

    def chain(self, rank: int) -> Tree:
        """Reads operands joined by operators of this rank or a higher one."""
        tree = self.operand()
        while True:
            operator = self.token
            own = _RANKS.get(operator.text, 0) if operator.kind in ("sign", "name") else 0
            if own < rank:
                return tree
            rest: list[tuple[Operator, Tree]] = []
            while self.token.kind in ("sign", "name") and _RANKS.get(self.token.text) == own:
                sign = cast("Operator", self.token.text)
                self.enter()
                rest.append((sign, self.chain(own + 1)))
                self.nesting -= 1
            tree = Chain(tree, tuple(rest), operator.at)

    def operand(self) -> Tree:
        """Reads one operand with the minuses before it."""
        first = self.token
        minuses = 0
        while self.is_sign("-"):
            self.next += 1
            minuses += 1
        tree = self.plain()
        # An even number of minuses still makes a number of what follows.
        for _ in range(2 - minuses % 2 if minuses else 0):
            tree = Negation(tree, first.at)
        return tree

    def plain(self) -> Tree:
        """Reads a number, a text, a reference, a call, a name, a dot, a relative path, or what stands in brackets."""
        token = self.token
        self.next += 1
        match token.kind, token.text:
            case "number", text:
                return Number(float(text), token.at)
            case "text", text:
                return Text(text, token.at)
            case "reference", name:
                self.no_path()
                return Reference(name, token.at)
            case "name", name if self.is_sign("("):
                return self.call(name, token.at)
            case "name", name:
                self.no_path()
                return Column(name, token.at)
            case "sign", "(":
                self.next -= 1
                (tree,) = self.bracketed(one=True)
                return tree
            case "sign", ".":
                self.no_path()
                return Current(token.at)
            case "sign", "..":
                return self.relative(token.at)
            case "sign", "/":
                raise ExpressionError("syntax", excerpt(self.source, token.at), token.at, "path")
            case _:
                self.next -= 1
                raise self.unexpected()

    def call(self, function: str, at: int) -> Tree:
        """Reads the arguments of a function. `current()/../name` is the relative path that it begins."""
        arguments = self.bracketed()
        if function == "current" and not arguments and self.is_sign("/"):
            self.next += 1
            if self.is_sign(".."):
                self.next += 1
                tree = self.relative(at)
                if isinstance(tree, Reference | Parent):
                    return tree
            raise ExpressionError("syntax", excerpt(self.source, at), at, "path")
        self.no_path()
        if function == CHOICE_NAME and len(arguments) == 2:
            arguments = (arguments[0], _question(arguments[1], self.source))
        return Call(function, arguments, at)

    def bracketed(self, one: bool = False) -> tuple[Tree, ...]:
        """Reads what stands in brackets: exactly one expression, or any number with commas between."""
        self.enter()
        found: list[Tree] = []
        if one or not self.is_sign(")"):
            found.append(self.chain(1))
            while not one and self.is_sign(","):
                self.next += 1
                found.append(self.chain(1))
        if not self.is_sign(")"):
            raise self.unexpected()
        self.next += 1
        self.nesting -= 1
        return tuple(found)

    def relative(self, at: int) -> Tree:
        """Reads on after `..`: `../name` is the answer of that name (names are unique in a flow), `../..` an outer repeat."""
        levels = 1
        while self.is_sign("/"):
            self.next += 1
            token = self.token
            if token.kind == "name":
                self.next += 1
                self.no_path()
                return Reference(token.text, at)
            if not self.is_sign(".."):
                raise ExpressionError("syntax", excerpt(self.source, at), at, "path")
            self.next += 1
            levels += 1
        return Parent(levels, at)

    def enter(self) -> None:
        """Steps over a bracket or an operator into what it holds, one level deeper."""
        if self.nesting == DEPTH:
            raise ExpressionError("too_deep", f"> {DEPTH}", self.token.at)
        self.nesting += 1
        self.next += 1

    def is_sign(self, text: str) -> bool:
        """Tells whether the next word is that sign."""
        token = self.token
        return token.kind == "sign" and token.text == text

    def no_path(self) -> None:
        """Refuses a path that goes on below an operand."""
        if self.is_sign("/"):
            raise ExpressionError("syntax", excerpt(self.source, self.token.at), self.token.at, "path")

    def unexpected(self) -> ExpressionError:
        """Returns the error that the next word cannot stand here."""
        at = self.token.at
        if self.token.kind == "end":
            return ExpressionError("syntax", "", at, "end")
        return ExpressionError("syntax", excerpt(self.source, at), at, "unexpected")


def _question(argument: Tree, source: str) -> Reference:
    """Returns the question that the second argument of jr:choice-name names: XLSForm writes it as a text, `'${name}'`."""
    match argument:
        case Reference():
            return argument
        case Text(value=value, at=at) if match := REFERENCE.fullmatch(value):
            return Reference(match[1], at)
        case _:
            raise ExpressionError("syntax", excerpt(source, argument.at), argument.at, "choice_name")


def _measure(tree: Tree, depth: int) -> None:
    """Raises ExpressionError (too_deep) where nodes are nested too deep."""
    if depth > DEPTH:
        raise ExpressionError("too_deep", f"> {DEPTH}", tree.at)
    match tree:
        case Call(arguments=inner):
            for node in inner:
                _measure(node, depth + 1)
        case Negation(operand=operand):
            _measure(operand, depth + 1)
        case Chain(first=first, rest=rest):
            _measure(first, depth + 1)
            for _, node in rest:
                _measure(node, depth + 1)
        case _:
            pass
