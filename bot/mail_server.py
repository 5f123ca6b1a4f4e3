"""Where the municipality's mail server is, as MINGA_SMTP_URL says it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server, as MINGA_SMTP_URL names it. `smtp` turns to TLS if that is offered, `smtps` speaks it from the start."""

    scheme: Literal["smtp", "smtps"]
    host: str
    port: int
    user: str = ""
    password: str = ""


def read_server(url: str) -> Server | None:
    """Returns the server of `smtp://user:password@host:port` or `smtps://…`; None for "". Raises ValueError for anything else."""
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path.strip("/"):
        raise ValueError(url)
    scheme: Literal["smtp", "smtps"] = "smtps" if parts.scheme == "smtps" else "smtp"
    port = parts.port or (465 if scheme == "smtps" else 587)
    return Server(scheme, parts.hostname, port, unquote(parts.username or ""), unquote(parts.password or ""))
