"""The XLSForm expression language: parsed once into a frozen tree, checked, and evaluated without ever raising but for cost."""

from bot.engine.expressions.errors import BudgetError, ExpressionError
from bot.engine.expressions.expression import Expression
from bot.engine.expressions.scope import Scope
from bot.engine.expressions.template import Template, fill, parse_template
from bot.engine.expressions.tree import Reference, Tree, walk

__all__ = [
    "BudgetError", "Expression", "ExpressionError", "Reference", "Scope", "Template", "Tree", "fill", "parse_template", "walk",
]
