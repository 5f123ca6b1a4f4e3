"""An expression, parsed: what the flow keeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.engine.expressions.tree import Tree


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression. Two expressions of one source are equal.

    `names` are the answers it refers to, `columns` the bare names in it (columns of a choice), `current` tells that it uses
    `.`. `code` is the tree compiled for the evaluator.
    """

    source: str
    tree: Tree = field(compare=False, repr=False)
    names: frozenset[str] = field(compare=False, repr=False)
    columns: frozenset[str] = field(compare=False, repr=False)
    current: bool = field(compare=False, repr=False)
    code: Callable[[Any], str | float | bool] = field(compare=False, repr=False)
    size: int = field(compare=False, repr=False, default=1)
