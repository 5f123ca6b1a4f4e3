"""`minga commitments` as an official types it."""

import io

import pytest

from bot.assembly import open_house
from bot.cli import run
from bot.cli.terminal import Terminal
from bot.settings import read
from storage import answer_backs, audit, commitments, flows, staff
from storage.answer_backs import Said
from tests.world import SURVEY, languages, loaded


def minga(*words):
    out, err = io.StringIO(), io.StringIO()
    code = run([str(word) for word in words], Terminal(languages()["es"], out, err))
    return code, out.getvalue() + err.getvalue()


@pytest.fixture
def house(sqlite_url, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MINGA_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("MINGA_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MINGA_SECRET_KEY", "a secret that is long enough for a test of the terminal")


def promised(tx, make):
    survey, who, answer = loaded(SURVEY), make(), make()
    flows.open_flow(tx, "encuesta", survey.flow.version, survey.content, 1)
    staff.add(tx, who, email="ana@puyo.ec", name="Ana", role="coordinator", now=1)
    answer_backs.add(tx, answer, "encuesta", heading={"es": "Hola"}, place="", told=(), staff=who, now=1)
    said = Said("whole", "", "", {"es": "Falta agua."}, {}, {"es": "Pondremos tubos."}, "Obras", None, None, "2020-03-31")
    answer_backs.say(tx, answer, None, said, make)
    answer_backs.publish(tx, answer, staff=who, now=2)


def test_what_owes_an_update_is_listed_and_gets_one(house):
    with open_house(read()) as built:
        built.database.transaction_now(lambda tx: promised(tx, built.database.identifiers.next))
    assert "Pondremos tubos." in minga("commitments", "list", "--owing")[1]
    for wrong, why in (
        (("2", "--state", "done"), "No hay un compromiso 2"),
        (("1", "--state", "hecho"), "Elija un estado"),
        (("1", "--state", "not_done"), "escriba por qué"),
        (("1", "--state", "in_progress"), "ya pasó"),
        (("1", "--state", "in_progress", "--due", "mañana"), "no existe"),
    ):
        code, told = minga("commitments", "update", *wrong)
        assert (code, why in told) == (2, True), told
    assert "cumplido" in minga("commitments", "update", "1", "--state", "done", "--text", "Ya están.")[1]
    assert "No hay compromisos" in minga("commitments", "list", "--owing")[1]
    with open_house(read()) as built:

        def kept(tx):
            one = commitments.one(tx, 1)
            return [event.state for event in commitments.events(tx, one.id)], audit.page(tx, subject="commitment:1")

        states, lines = built.database.transaction_now(kept)
        assert states == ["pending", "done"]
        assert [(line.action, line.staff_id) for line in lines] == [("commitment_updated", None)]
