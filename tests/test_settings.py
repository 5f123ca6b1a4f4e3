"""Settings: defaults, the environment, `.env`, what is refused, what is unknown, and the example file."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import Settings, SettingsRefused, example, read, unknown, variable
from bot.translations import load_languages

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory and an environment without settings of whoever runs the tests."""
    import os

    for name in [name for name in os.environ if name.upper().startswith("MINGA_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_defaults_serve_one_machine_without_any_file() -> None:
    settings = read()
    assert settings.database == "sqlite:///data/minga.db"
    assert settings.zone.key == "America/Guayaquil"
    assert settings.simulated
    assert (settings.host, settings.port, settings.raw_days) == ("127.0.0.1", 8080, 30)


def test_the_environment_goes_before_the_file(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (alone / ".env").write_text('MINGA_PORT=9000\nMINGA_MUNICIPALITY="GAD de Tena"\nMINGA_DATA=\n', encoding="utf-8")
    monkeypatch.setenv("MINGA_PORT", "9001")
    settings = read()
    assert settings.port == 9001
    assert settings.municipality == "GAD de Tena"
    assert settings.data == Path("data"), "an empty value in .env means the default"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "ochenta"),
        ("port", "0"),
        ("port", "70000"),
        ("timezone", "America/Riobamba"),
        ("timezone", "../../etc/passwd"),
        ("simulator", "si"),
        ("raw_days", "0"),
        ("database_url", "mysql://servidor/base"),
    ],
)
def test_an_invalid_value_is_refused_by_name_and_not_quoted(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable(name), value)
    with pytest.raises(SettingsRefused) as refused:
        read()
    assert refused.value.key == "settings.invalid"
    assert [invalid.variable for invalid in refused.value.invalid] == [variable(name)]
    assert value not in str(refused.value)


def test_every_invalid_value_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINGA_PORT", "x")
    monkeypatch.setenv("MINGA_RAW_DAYS", "x")
    with pytest.raises(SettingsRefused) as refused:
        read()
    assert {invalid.name for invalid in refused.value.invalid} == {"port", "raw_days"}


def test_a_file_that_is_no_text_is_refused(alone: Path) -> None:
    (alone / ".env").write_bytes(b"MINGA_MUNICIPALITY=Ca\xf1ar\n")
    with pytest.raises(SettingsRefused) as refused:
        read()
    assert refused.value.key == "settings.unreadable"


def test_misspelt_names_are_found_in_both_places(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (alone / ".env").write_text("MINGA_PROT=1\nOTHER=1\n", encoding="utf-8")
    monkeypatch.setenv("MINGA_HOTS", "x")
    monkeypatch.setenv("MINGA_HOST", "127.0.0.1")
    assert unknown() == ("MINGA_HOTS", "MINGA_PROT")


@pytest.mark.parametrize(
    ("simulator", "host", "token", "served"),
    [
        ("auto", "127.0.0.1", "", True),
        ("auto", "::1", "", True),
        ("auto", "localhost", "", True),
        ("auto", "0.0.0.0", "", False),
        ("auto", "127.0.0.1", "1:x", False),
        ("on", "0.0.0.0", "1:x", True),
        ("off", "127.0.0.1", "", False),
    ],
)
def test_the_simulator_is_served_only_where_it_can_do_no_harm(simulator: str, host: str, token: str, served: bool) -> None:
    for name in ("telegram_token", "twilio_auth_token"):
        assert Settings.model_validate({"simulator": simulator, "host": host, name: token}).simulated is served


def test_secrets_never_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINGA_SECRET_KEY", "nueva-secreta,vieja-secreta")
    monkeypatch.setenv("MINGA_DATABASE_URL", "postgresql://minga:clave-secreta@servidor/minga")
    settings = read()
    assert "secreta" not in repr(settings)
    assert "secreta" not in str(settings)
    assert {"nueva-secreta", "vieja-secreta"} <= settings.secrets()


def test_the_example_is_what_the_settings_say() -> None:
    spanish = load_languages(ROOT / "locales", only={"es"})["es"]
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert text == example(spanish.texts), "run: minga settings --example > .env.example"
    assert text.count("# MINGA_") == len(Settings.model_fields) > 0


def test_every_setting_has_a_meaning_and_tells_what_is_expected() -> None:
    languages = load_languages(ROOT / "locales")
    for name, field in Settings.model_fields.items():
        assert field.description, name
        for language in languages.values():
            assert language.texts[f"settings.{name}"]
            assert language.texts[f"settings.{name}.expected"]
    assert len(Settings.model_fields) > 5
