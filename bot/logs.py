"""Structured logs: one line an event, JSON where a machine reads them, plain words where a person does.

Tokens and personal data never leave through here. What writes a log line should not name them in the first place; this is the net
under that: every line, tracebacks and the lines of other libraries included, is redacted as the last thing before it is written.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterable
from typing import TextIO

import structlog

HIDDEN = "[…]"

_SHAPES: tuple[re.Pattern[str], ...] = (
    re.compile(r"(?<=bot)\d+:[\w-]+"),  # Telegram puts its token into every address, and so into every traceback that quotes one
    re.compile(r"(?<!\d)\d{6,12}:[\w-]{30,}"),  # the same token alone
    re.compile(r"(?<=://)[^/@\s\"']+(?=@)"),  # user:password@ in an address
    re.compile(r"(?<=[Bb]earer )[\w.~+/=-]+"),
    re.compile(r"(?<=[?&]token=)[^&\s\"']+"),
    re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),  # mail addresses
    re.compile(
        r"(?<![\w.])(?:\+\d|593[2-9]|09\d)(?:[ -]?\d){6,12}(?![\w])"
    ),  # telephone numbers, as people and providers write them
    re.compile(r"(?<=input_value=).+?(?=, input_type=)", re.DOTALL),  # what pydantic quotes
    re.compile(r"(?<=\[parameters: ).+?(?=\]\n|\]\\n|\]$)", re.DOTALL),  # what SQLAlchemy quotes
    re.compile(r"(?<=Failing row contains \().*?(?=\)\.)", re.DOTALL),  # what PostgreSQL quotes
    re.compile(r"(?<=\)=\().*?(?=\) )"),  # the same: Key (address)=(…) already exists
)

QUIET = ("httpx", "httpcore", "telegram", "aiohttp.access", "apscheduler", "asyncio", "alembic")
"""Loggers of libraries that tell addresses, or too much, below WARNING."""


class Redactor:
    """Takes secrets and personal data out of a text. `secrets` are those this process knows; the shapes find the others."""

    __slots__ = ("_known",)

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        # longest first, so that a secret that contains another goes whole; also as JSON writes it, because lines may be JSON.
        # Below six characters a "secret" is a word, and hiding it everywhere would make logs unreadable.
        forms = {form for secret in secrets if len(secret) >= 6 for form in (secret, json.dumps(secret)[1:-1])}
        longest = sorted(forms, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest))) if longest else None

    def __call__(self, text: str) -> str:
        """Returns the text with every secret and personal datum replaced by HIDDEN."""
        if self._known is not None:
            text = self._known.sub(HIDDEN, text)
        for shape in _SHAPES:
            text = shape.sub(HIDDEN, text)
        return text


class _Redacting(structlog.stdlib.ProcessorFormatter):
    redactor: Redactor = Redactor()

    def format(self, record: logging.LogRecord) -> str:
        return self.redactor(super().format(record))


def configure(*, secrets: Iterable[str] = (), stream: TextIO | None = None, as_json: bool | None = None) -> None:
    """Sets up the logs of this process; calling it again replaces what was set up.

    `secrets` are texts that no line may ever hold. `stream` is standard error by default. `as_json`: None means JSON unless the
    stream is a terminal.
    """
    stream = sys.stderr if stream is None else stream
    as_json = not stream.isatty() if as_json is None else as_json
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
    ]
    # plain tracebacks: the pretty ones print local variables, and those hold what people wrote
    render: list[structlog.typing.Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
        if as_json
        else [structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback)]
    )
    formatter = _Redacting(
        foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render]
    )
    formatter.redactor = Redactor(secrets)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,  # a test may set up the logs anew
    )
