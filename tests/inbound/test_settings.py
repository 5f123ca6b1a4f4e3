"""The settings of the real channels: what is refused by name, what the doctor says, and what the start refuses."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from bot.cli import run
from bot.cli.terminal import Terminal
from bot.settings import Settings, SettingsRefused, read, variable
from storage.spool import FILE
from tests.ports import free_port
from tests.world import languages

SID = "AC" + "0" * 32


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.upper().startswith("MINGA_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MINGA_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MINGA_TWILIO_API_URL", f"http://127.0.0.1:{free_port()}")  # nobody answers: no test asks the real one
    return tmp_path


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("public_url", "minga.pueblo.example"),
        ("public_url", "ftp://minga.pueblo.example"),
        ("public_url", "https://minga.pueblo.example/?a=1"),
        ("public_url", "https://[minga"),
        ("telegram_token", "MyBot"),
        ("telegram_token", "12:a b"),
        ("telegram_mode", "both"),
        ("telegram_secret", "corto"),
        ("telegram_secret", "con espacios y ñ"),
        ("telegram_api_url", "api.telegram.org"),
        ("twilio_account_sid", "SK" + "0" * 32),
        ("twilio_api_url", "api.twilio.com"),
        ("twilio_whatsapp_from", "0991234567"),
        ("twilio_sms_from", "un nombre demasiado largo"),
        ("twilio_messaging_service_sid", "+15005550006"),
        ("sms_two_way", "quizá"),
        ("sms_plain", "español, kichwa"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_name_and_not_quoted(name, value, monkeypatch):
    monkeypatch.setenv(variable(name), value)
    with pytest.raises(SettingsRefused) as refused:
        read()
    assert [invalid.variable for invalid in refused.value.invalid] == [variable(name)]
    assert value not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("public_url", "https://minga.pueblo.example/"),
        ("public_url", "http://127.0.0.1:8080"),
        ("telegram_token", "4242:AAEaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        ("telegram_mode", "polling"),
        ("telegram_secret", "s3cr3t-token"),
        ("twilio_account_sid", SID),
        ("twilio_whatsapp_from", "+593987654321"),
        ("twilio_sms_from", "2020"),
        ("twilio_sms_from", "GAD Puyo"),
        ("sms_two_way", "false"),
        ("sms_plain", "es,en"),
    ],
)
def test_values_that_providers_give_are_taken(name, value, monkeypatch):
    monkeypatch.setenv(variable(name), value)
    read()


def test_an_address_loses_the_slash_at_its_end(monkeypatch):
    monkeypatch.setenv("MINGA_PUBLIC_URL", "https://minga.pueblo.example/")
    assert read().public_url == "https://minga.pueblo.example"


@pytest.mark.parametrize(
    ("mode", "url", "polls"),
    [("auto", "", True), ("auto", "https://a.example", False), ("polling", "https://a.example", True), ("webhook", "", False)],
)
def test_updates_are_fetched_where_nobody_can_bring_them(mode, url, polls):
    assert Settings.model_validate({"telegram_mode": mode, "public_url": url}).polls is polls


def minga(*words: str) -> tuple[int, str]:
    out = io.StringIO()
    code = run(list(words), Terminal(languages()["es"], out, out))
    return code, out.getvalue()


def test_the_doctor_prints_twilio_s_address_with_what_makes_it_repeat(monkeypatch):
    monkeypatch.setenv("MINGA_TWILIO_AUTH_TOKEN", "0123456789abcdef")
    monkeypatch.setenv("MINGA_TWILIO_ACCOUNT_SID", SID)
    monkeypatch.setenv("MINGA_PUBLIC_URL", "https://minga.pueblo.example/")
    code, said = minga("doctor")
    assert code == 0
    assert "https://minga.pueblo.example/webhooks/twilio#rc=3&rp=all" in said.replace("\n", "")


@pytest.mark.parametrize(
    ("variables", "missing"), [({}, "MINGA_TWILIO_ACCOUNT_SID"), ({"MINGA_TWILIO_ACCOUNT_SID": SID}, "MINGA_PUBLIC_URL")]
)
def test_the_doctor_says_what_twilio_still_lacks(variables, missing, monkeypatch):
    monkeypatch.setenv("MINGA_TWILIO_AUTH_TOKEN", "0123456789abcdef")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    code, said = minga("doctor")
    assert code == 1
    assert missing in said


def test_the_doctor_says_that_messages_wait_and_what_cannot_be_read(alone):
    (alone / "data").mkdir()
    file = alone / "data" / FILE
    file.write_bytes(b"one\ntwo\n")
    code, said = minga("doctor")
    assert code == 0
    assert "2" in next(line for line in said.splitlines() if "spool" in line)
    file.unlink()
    file.mkdir()
    code, said = minga("doctor")
    assert code == 1
    assert str(file) in said.replace("\n", "")
