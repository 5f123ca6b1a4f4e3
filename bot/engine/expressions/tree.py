"""An expression as a frozen tree. `check` reads it; the evaluator compiles it.

Chains of operators of one rank are one node (`a or b or c`), so the depth of a tree is the depth of its brackets and a long
list of alternatives is not a deep one. `at` is the place of a node in the source, in characters from 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Operator = Literal["or", "and", "=", "!=", "<", "<=", ">", ">=", "+", "-", "*", "div", "mod"]


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written."""

    value: float
    at: int = 0


@dataclass(frozen=True, slots=True)
class Text:
    """A text in quotation marks, without them."""

    value: str
    at: int = 0


@dataclass(frozen=True, slots=True)
class Reference:
    """`${name}`, or a plain relative path to it (`../name`): another answer."""

    name: str
    at: int = 0


@dataclass(frozen=True, slots=True)
class Column:
    """A bare name: in a choice_filter, a column of the choice under test."""

    name: str
    at: int = 0


@dataclass(frozen=True, slots=True)
class Current:
    """`.`: the answer under test."""

    at: int = 0


@dataclass(frozen=True, slots=True)
class Parent:
    """`..` or `../..`: an enclosing repeat, `levels` outwards. Only position() takes it."""

    levels: int
    at: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments."""

    function: str
    arguments: tuple[Tree, ...]
    at: int = 0


@dataclass(frozen=True, slots=True)
class Negation:
    """A minus before an operand."""

    operand: Tree
    at: int = 0


@dataclass(frozen=True, slots=True)
class Chain:
    """Operands joined by operators of one rank, from left to right: `first`, then each operator with its right operand."""

    first: Tree
    rest: tuple[tuple[Operator, Tree], ...]
    at: int = 0


Tree = Number | Text | Reference | Column | Current | Parent | Call | Negation | Chain


def walk(tree: Tree) -> Iterator[Tree]:
    """Yields every node of the tree, each before what is inside it."""
    yield tree
    match tree:
        case Call(arguments=inner):
            for node in inner:
                yield from walk(node)
        case Negation(operand=operand):
            yield from walk(operand)
        case Chain(first=first, rest=rest):
            yield from walk(first)
            for _, node in rest:
                yield from walk(node)
        case _:
            pass
