"""regex(): patterns on an engine whose time is linear in the value, whatever the pattern."""

from __future__ import annotations

import re
from typing import Any, Final

import re2

from bot.engine.expressions.errors import ExpressionError
from bot.engine.expressions.run import Run

_LITERAL_MEMORY: Final = 1 << 22
_COMPUTED_MEMORY: Final = 1 << 16
_COMPUTED_LENGTH: Final = 200
_COMPILING: Final = 100
"""Steps that compiling a computed pattern costs."""

_LOOK_AROUND = re.compile(r"\(\?<?[=!]")
_BACK_REFERENCE = re.compile(r"\\[1-9kg]")


def compiled(pattern: str, at: int) -> Any:
    """Returns the pattern ready to match.

    Raises ExpressionError (regex): reason look_around or back_reference for what no linear engine can do, detail the piece;
    else pattern, detail the piece that is wrong.
    """
    try:
        return re2.compile(pattern, _options(_LITERAL_MEMORY))
    except UnicodeEncodeError:
        # half a surrogate pair is no character, so no engine of UTF-8 can look for it
        raise ExpressionError("regex", pattern.encode("utf-8", "replace").decode(), at, "pattern") from None
    except re2.error as error:
        message = error.args[0] if error.args else ""
        said = message.decode("utf-8", "replace") if isinstance(message, bytes) else str(message)
        piece = said.rpartition(": ")[2] if ": " in said else pattern
        reason = "pattern"
        if found := _LOOK_AROUND.match(piece):
            piece, reason = found[0], "look_around"
        elif "escape" in said and _BACK_REFERENCE.match(piece):
            reason = "back_reference"
        raise ExpressionError("regex", piece, at, reason) from None


def matches(run: Run, pattern: Any, value: str) -> bool:
    """Tells whether the whole value matches."""
    run.spend(len(value) >> 4)
    try:
        return pattern.fullmatch(value) is not None
    except UnicodeEncodeError:
        return False


def matches_computed(run: Run, pattern: str, value: str) -> bool:
    """Tells whether the whole value matches a pattern that is known only now; a pattern that is none matches nothing."""
    run.spend(_COMPILING + len(pattern))
    if len(pattern) > _COMPUTED_LENGTH:
        return False
    try:
        ready = re2.compile(pattern, _options(_COMPUTED_MEMORY))
    except (re2.error, UnicodeEncodeError):
        return False
    return matches(run, ready, value)


def _options(memory: int) -> re2.Options:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = memory
    return options
