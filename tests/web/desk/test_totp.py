from __future__ import annotations

import base64

import pytest

from bot.web.desk import totp

RFC = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("seconds", "expected"),
    # RFC 6238, appendix B (SHA-1), the last six of its eight digits
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037"),
     (20000000000, "353130")],
)  # fmt: skip
def test_the_codes_of_the_rfc(seconds, expected):
    assert totp.code(RFC, seconds // 30) == expected


def test_the_clock_may_differ_by_a_step_and_no_more():
    step = 50_000_000
    given = totp.code(RFC, step)
    assert totp.matched(RFC, given, step * 30 + 15) == step
    assert totp.matched(RFC, given, (step + 1) * 30) == step
    assert totp.matched(RFC, given, (step - 1) * 30) == step
    assert totp.matched(RFC, given, (step + 2) * 30) is None
    assert totp.matched(RFC, given, (step - 2) * 30) is None


def test_a_code_opens_once():
    step = 50_000_000
    assert totp.matched(RFC, totp.code(RFC, step), step * 30, after=step) is None
    assert totp.matched(RFC, totp.code(RFC, step + 1), step * 30, after=step) == step + 1


@pytest.mark.parametrize("given", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "12345６"])
def test_what_is_no_code(given):
    assert totp.matched(RFC, given, 59) is None


def test_spaces_do_not_matter_and_secrets_are_what_apps_read():
    assert totp.matched(RFC, " 287 082 ", 59) == 1
    secret = totp.secret_of(bytes(range(20)))
    assert len(secret) == 32
    assert base64.b32decode(secret) == bytes(range(20))
    address = totp.address(secret, "ana@puyo.ec", "Minga Municipio de Pastaza")
    assert (
        address
        == f"otpauth://totp/Minga%20Municipio%20de%20Pastaza%3Aana%40puyo.ec?secret={secret}&issuer=Minga%20Municipio%20de%20Pastaza"
    )
