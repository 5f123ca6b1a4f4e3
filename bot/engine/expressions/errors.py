"""What can be wrong with an expression or a template, as data: the words for people live in the catalogues."""

from __future__ import annotations

from typing import Literal

Code = Literal["syntax", "unknown_function", "arity", "regex", "too_long", "too_deep", "budget"]


class ExpressionError(Exception):
    """Something is wrong with an expression or a template. Raised when it is loaded, never while a resident waits.

    `code` is the kind, `reason` a finer word for the message ("" where the code says all), `position` the place in the source
    (characters from 0), and `detail` the piece of it that is meant, in no language: the unknown function and the nearest
    known one ("selcted → selected"), the form a function wants ("if(a, b, c)"), the part of a pattern, the text at the fault.

    Reasons: syntax has end, unexpected, text (no closing quotation mark), reference (not `${name}`), path (a piece of XPath
    that a flow has no use for), parent (`..` elsewhere than in position), choice_name (second argument is no question);
    regex has look_around, back_reference, pattern.
    """

    def __init__(self, code: Code, detail: str = "", position: int = 0, reason: str = "") -> None:
        super().__init__(code, detail, position, reason)
        self.code: Code = code
        self.detail = detail
        self.position = position
        self.reason = reason

    def __str__(self) -> str:
        kind = f"{self.code}/{self.reason}" if self.reason else self.code
        return f"{kind} at {self.position}: {self.detail}"


class BudgetError(ExpressionError):
    """An evaluation would have cost more than it may. The only error that evaluating can raise."""

    def __init__(self, detail: str = "") -> None:
        super().__init__("budget", detail)


def excerpt(source: str, start: int, length: int = 20) -> str:
    """Returns the first characters of the source from `start`, for a message about that place."""
    return source[start : start + length] + ("…" if len(source) > start + length else "")
