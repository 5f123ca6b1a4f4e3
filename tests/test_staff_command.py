"""`minga staff`: who works at the desk, as an official types it, on both databases."""

from __future__ import annotations

import hashlib
import io
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.assembly import open_house
from bot.cli import run
from bot.cli.terminal import Terminal
from bot.settings import read
from storage import audit, sessions, staff
from tests.world import languages

SECRET = "a secret that is long enough for a test of the terminal"


@pytest.fixture(autouse=True)
def house(database_url, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, value in {"DATABASE_URL": database_url, "DATA": str(tmp_path / "data"), "SECRET_KEY": SECRET}.items():
        monkeypatch.setenv(f"MINGA_{name}", value)


def minga(*words):
    out, err = io.StringIO(), io.StringIO()
    code = run(list(words), Terminal(languages()["es"], out, err))
    return code, out.getvalue() + err.getvalue()


def inside(work):
    with open_house(read()) as opened:
        return opened.database.transaction_now(work)


def token_of(said):
    link = re.search(r"http\S+", said)[0]
    return parse_qs(urlsplit(link).query)["token"][0]


def whose(said):
    hashed = hashlib.sha256(token_of(said).encode()).digest()
    return inside(lambda tx: staff.offered(tx, hashed, 0))


def test_somebody_is_entered_and_gets_a_link_that_opens_once(monkeypatch):
    code, said = minga("staff", "add", " Ana@Puyo.gob.ec ", "--name", "Ana Grefa", "--role", "administrator")
    assert code == 0
    assert "http://127.0.0.1:8080/desk/password?token=" in said
    ana = whose(said)
    assert (ana.email, ana.name, ana.role, ana.unit_id, ana.password) == (
        "ana@puyo.gob.ec",
        "Ana Grefa",
        "administrator",
        None,
        "",
    )
    assert token_of(said) not in str(inside(audit.page))
    monkeypatch.setenv("MINGA_PUBLIC_URL", "https://minga.puyo.gob.ec")
    code, again = minga("staff", "reset", "ana@puyo.gob.ec")
    assert "https://minga.puyo.gob.ec/desk/password?token=" in again
    assert whose(said) is None  # the first one is void
    assert whose(again).id == ana.id


def test_units_are_made_where_they_are_missing_and_found_where_they_are():
    minga("staff", "add", "eva@puyo.ec", "--unit", "Obras Públicas")
    minga("staff", "add", "leo@puyo.ec", "--role", "reader", "--unit", "Obras Públicas", "--superior")
    eva, leo = inside(lambda tx: (staff.by_email(tx, "eva@puyo.ec"), staff.by_email(tx, "leo@puyo.ec")))
    assert eva.unit_id == leo.unit_id
    assert (eva.role, eva.name, eva.is_superior, leo.is_superior) == ("officer", "eva", False, True)
    assert [one.name for one in inside(staff.units)] == ["Obras Públicas"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "ana"), "no es un correo"),
        (("add", "ana@puyo"), "no es un correo"),
        (("add", "a b@puyo.ec"), "no es un correo"),
        (("add", "ana@puyo.ec", "--role", "jefe"), "reader, officer, coordinator, administrator"),
        (("add", "ana@puyo.ec"), "--unit"),
        (("add", "ana@puyo.ec", "--role", "reader", "--unit", "  "), "--unit"),
        (("reset", "nadie@puyo.ec"), "minga staff list"),
        (("deactivate", "nadie@puyo.ec"), "minga staff list"),
    ],
)
def test_what_cannot_be_is_refused_with_its_remedy(words, said):
    code, told = minga("staff", *words)
    assert code == 2
    assert said in told
    assert inside(staff.listed) == []


def test_nobody_is_entered_twice():
    minga("staff", "add", "ana@puyo.ec", "--role", "administrator")
    code, said = minga("staff", "add", "ANA@puyo.ec", "--role", "coordinator")
    assert code == 2
    assert "minga staff reset ana@puyo.ec" in said
    assert inside(lambda tx: staff.by_email(tx, "ana@puyo.ec")).role == "administrator"


def test_a_reset_ends_sessions_and_may_remove_the_second_factor():
    minga("staff", "add", "ana@puyo.ec", "--role", "administrator")

    def sign_in(tx):
        ana = staff.by_email(tx, "ana@puyo.ec")
        staff.set_password(tx, ana.id, "hash")
        staff.set_totp(tx, ana.id, b"sealed")
        sessions.begin(tx, b"t" * 32, staff_id=ana.id, second_factor=True, agent="", now=1)

    inside(sign_in)
    minga("staff", "reset", "ana@puyo.ec")
    ana, found = inside(lambda tx: (staff.by_email(tx, "ana@puyo.ec"), sessions.find(tx, b"t" * 32, 2)))
    assert (ana.password, ana.totp, found) == ("", b"sealed", None)
    minga("staff", "reset", "ana@puyo.ec", "--second-factor")
    assert inside(lambda tx: staff.by_email(tx, "ana@puyo.ec")).totp is None


def test_whoever_leaves_is_out_and_may_be_let_in_again():
    minga("staff", "add", "ana@puyo.ec", "--role", "administrator")
    code, said = minga("staff", "deactivate", "ana@puyo.ec")
    assert code == 0
    assert "no queda nadie con el rol administrator" in said
    assert not inside(lambda tx: staff.by_email(tx, "ana@puyo.ec")).active
    _, said = minga("staff", "list")
    assert "sin acceso" in said
    _, said = minga("staff", "reset", "ana@puyo.ec")
    assert whose(said).active
    lines = inside(audit.page)
    assert [line.action for line in lines] == ["password_offered", "staff_deactivated", "staff_added"]
    assert {line.staff_id for line in lines} == {None}


def test_the_list_says_what_is_still_to_do():
    minga("staff", "add", "ana@puyo.ec", "--name", "Ana Grefa", "--role", "administrator")
    code, said = minga("staff", "list")
    assert code == 0
    assert re.search(r"ana@puyo\.ec +Ana Grefa +Administración +— +falta que ponga su contraseña", said)


def test_where_nobody_is_the_list_says_how_to_begin():
    inside(lambda tx: None)
    code, said = minga("staff", "list")
    assert code == 0
    assert "minga staff add" in said
