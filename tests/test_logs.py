"""Logs: what must never leave does not, whichever way it came in; and a line is one JSON object."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from bot.logs import HIDDEN, Redactor, configure

TOKEN = "123456789:AAF-kq_dQW4w9WgXcQ0123456789abcdefg"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    stream = io.StringIO()
    configure(secrets={"una clave muy secreta", 'con "comillas" dentro'}, stream=stream, as_json=True)
    yield stream
    root.handlers[:], level = before
    root.setLevel(level)
    structlog.reset_defaults()


def leak(text: str) -> None:
    raise RuntimeError(f"no se pudo: {text}")


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        (f"POST https://api.telegram.org/bot{TOKEN}/sendMessage", TOKEN),
        (f"token {TOKEN}", TOKEN),
        ("connect postgresql://minga:otra-clave@servidor/base", "otra-clave"),
        ("Authorization: Bearer abc.def-ghi", "abc.def-ghi"),
        ("GET /metrics?token=abcdef", "abcdef"),
        ("una clave muy secreta", "una clave muy secreta"),
        ('con "comillas" dentro', "comillas"),
        ("de +593991234567", "593991234567"),
        ("de +593 99 123 4567", "99 123 4567"),
        ("de 0991234567", "0991234567"),
        ("de whatsapp:+593991234567", "593991234567"),
        ("de 593991234567", "593991234567"),
        ("correo maria.perez@example.org", "maria.perez"),
        ("[type=int_parsing, input_value='soy María', input_type=str]", "María"),
        ("[SQL: INSERT …]\n[parameters: ('soy María', 1)]\n(Background …)", "María"),
        ("DETAIL:  Failing row contains (1, soy María, 2).", "María"),
        ("DETAIL:  Key (address)=(soy María) already exists.", "María"),
    ],
)
def test_what_must_not_leave_is_hidden_in_events_arguments_and_tracebacks(text: str, hidden: str, lines: io.StringIO) -> None:
    log = structlog.get_logger("bot.test")
    log.info(text)
    log.info("event", detail=text)
    logging.getLogger("other").warning("%s", text)
    logging.getLogger("other").warning("extra", extra={"detail": text})
    for write in (log.exception, logging.getLogger("other").exception):
        try:
            leak(text)
        except RuntimeError:
            write("failed")
    written = lines.getvalue()
    assert len(written.splitlines()) == 6
    assert hidden not in written
    assert written.count(HIDDEN) >= 6


def test_the_terminals_form_hides_too_and_shows_no_local_variables() -> None:
    stream = io.StringIO()
    configure(stream=stream, as_json=False)
    try:
        answer = "soy María"
        leak(f"bot{TOKEN}" if answer else "")
    except RuntimeError:
        structlog.get_logger("bot.test").exception("failed")
    finally:
        structlog.reset_defaults()
    assert "RuntimeError" in stream.getvalue()
    assert TOKEN not in stream.getvalue()
    assert "'soy María'" not in stream.getvalue()


def test_harmless_numbers_and_words_stay() -> None:
    plain = "turn 7093312345678901234 took 12 ms at 2026-11-25T22:30:00Z, port 8080, conversation=1795812345678"
    assert Redactor({"minga"})(plain) == plain


def test_a_line_is_one_object_with_level_logger_and_time(lines: io.StringIO) -> None:
    structlog.get_logger("bot.turn").warning("quarantined", event_id="7")
    line = json.loads(lines.getvalue())
    assert (line["event"], line["level"], line["logger"], line["event_id"]) == ("quarantined", "warning", "bot.turn", "7")
    assert line["timestamp"].endswith("Z")


def test_http_libraries_tell_no_addresses(lines: io.StringIO) -> None:
    for name in ("httpx", "httpcore", "aiohttp.access"):
        logging.getLogger(name).info("HTTP Request: GET https://example.org")
    assert lines.getvalue() == ""
