"""A text with places for answers: `Hola ${nombre}`. Everything but `${name}` is taken as it is written."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.engine.expressions.errors import ExpressionError, excerpt
from bot.engine.expressions.scope import Scope
from bot.engine.expressions.tokens import REFERENCE
from bot.engine.expressions.tree import Reference


@dataclass(frozen=True, slots=True)
class Template:
    """A text ready to be filled. `names` are the answers it shows; `constant` tells that it shows none.

    Two templates of one source are equal.
    """

    source: str
    parts: tuple[str | Reference, ...] = field(compare=False, repr=False)
    names: frozenset[str] = field(compare=False, repr=False)
    constant: bool = field(compare=False, repr=False)


def parse_template(source: str) -> Template:
    """Returns the template that `source` writes.

    Raises ExpressionError (syntax, reason reference) for a `${` that no name and `}` follow.
    """
    parts: list[str | Reference] = []
    done = 0
    while (start := source.find("${", done)) >= 0:
        match = REFERENCE.match(source, start)
        if match is None:
            raise ExpressionError("syntax", excerpt(source, start), start, "reference")
        if start > done:
            parts.append(source[done:start])
        parts.append(Reference(match[1], start))
        done = match.end()
    if done < len(source):
        parts.append(source[done:])
    names = frozenset(part.name for part in parts if isinstance(part, Reference))
    return Template(source, tuple(parts), names, not names)


def fill(template: Template, scope: Scope) -> str:
    """Returns the text with each reference replaced by what `scope.show` says of it. What is shown is never read again."""
    if template.constant:
        return template.source
    return "".join(part if isinstance(part, str) else scope.show(part.name) for part in template.parts)
