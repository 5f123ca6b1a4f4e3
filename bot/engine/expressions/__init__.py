"""The XLSForm expression language: parsed once into a frozen tree, checked, and evaluated without ever raising but for cost."""

from bot.engine.expressions.errors import BudgetError, ExpressionError
from bot.engine.expressions.evaluator import evaluate, parse
from bot.engine.expressions.expression import Expression
from bot.engine.expressions.scope import Scope
from bot.engine.expressions.template import Template, fill, parse_template
from bot.engine.expressions.tree import Reference, Tree, walk
from bot.engine.expressions.values import truth

__all__ = [
    "BudgetError",
    "Expression",
    "ExpressionError",
    "Reference",
    "Scope",
    "Template",
    "Tree",
    "evaluate",
    "fill",
    "parse",
    "parse_template",
    "truth",
    "walk",
]
