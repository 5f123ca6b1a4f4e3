"""One person on several channels: the code told on one, said on another, makes them one, with all that is theirs."""

import re
from collections import Counter

import pytest

from bot.reports.rows import Selection
from bot.turn.linking import ALPHABET, LENGTH, said
from bot.vocabulary import Start
from storage import results
from storage.statements import Statement
from tests.test_turn import control
from tests.world import ANONYMOUS, CONSENTED, SURVEY, World, languages

PHONE = "+593991112233"


@pytest.fixture
def world(database_url):
    world = World(database_url, SURVEY, ANONYMOUS, CONSENTED)
    yield world
    world.close()


def heard(world):
    return [outgoing.text for outgoing in world.sms.sent if outgoing.address.identifier == PHONE]


async def sms(world, text, **more):
    handled = await world.says(PHONE, text, channel="sms", **more)
    assert not handled.trouble
    return handled


async def code(world, person="ana"):
    await world.says(person, control("link"))
    return re.findall(r"«vincular ([A-Z0-9]{5}-[A-Z0-9]{5})»", "\n".join(world.heard(person)))[-1]


def contacts(world):
    return world.one("SELECT count(*) FROM contact")


async def completes(world, channel="telegram", person="ana"):
    for text in ("encuesta", "34", "Más árboles", "1"):
        await world.says(person, text, channel=channel)


async def test_a_conversation_goes_on_on_the_other_channel_where_it_was(world):
    await world.starts("ana")
    await world.says("ana", "34")
    told = await code(world)
    assert world.heard("ana")[-1] == "¿Qué cambiarías?"
    handled = await sms(world, f"vincular {told}")
    assert heard(world)[-1].endswith("¿Qué cambiarías?")
    assert "ahora tus canales son uno" in "\n".join(heard(world))
    assert contacts(world) == 1
    assert world.one("SELECT count(DISTINCT contact_id) FROM address") == 1
    answered = await sms(world, "Más árboles")
    assert answered.conversation == handled.conversation
    assert [answer.value for answer in answered.answers] == ["Más árboles"]
    await world.says("ana", "1")
    assert world.rows("SELECT status FROM conversation") == [("completed",)]


@pytest.mark.parametrize("spelt", ["{0}", "vincular {0}", "VINCULAR {1}", "link {2}", "  Vincular  {2}. "])
async def test_a_code_is_read_however_it_is_typed(world, spelt):
    told = await code(world)
    await sms(world, spelt.format(told, told.replace("-", ""), told.lower().replace("-", " ")))
    assert contacts(world) == 1


async def test_both_talked_before_and_all_is_theirs(world):
    await completes(world)
    await world.says("ana", "queja")
    await sms(world, Start("contacto"))
    await sms(world, "sí")
    told = await code(world)
    await sms(world, f"vincular {told}")
    assert contacts(world) == 1
    assert world.rows("SELECT contact_id FROM consent WHERE given") == world.rows("SELECT id FROM contact")
    assert world.one("SELECT count(*) FROM conversation WHERE contact_id IS NULL") == 0
    assert world.one("SELECT count(*) FROM conversation WHERE is_current") == 1


async def test_of_two_open_conversations_of_one_flow_one_stays_open(world):
    await world.starts("ana")
    await sms(world, "encuesta")
    await sms(world, "51")
    told = await code(world)
    await sms(world, f"vincular {told}")
    assert world.rows("SELECT status FROM conversation ORDER BY status") == [("open",), ("partial",)]
    assert world.one("SELECT count(*) FROM conversation WHERE is_current") == 1
    handled = await sms(world, "51" if "años" in heard(world)[-1] else "Nada")
    assert len(handled.answers) == 1


async def test_a_code_runs_out_after_a_quarter_of_an_hour(world):
    from datetime import timedelta

    told = await code(world)
    world.clock.move(timedelta(minutes=15))
    await sms(world, f"vincular {told}")
    assert heard(world)[-1].startswith("Ese código no es válido o ya venció")
    assert contacts(world) == 2


async def test_a_code_is_good_once_and_only_the_last_one(world):
    first = await code(world)
    second = await code(world)
    assert first != second
    await sms(world, f"vincular {first}")
    assert contacts(world) == 2
    await sms(world, f"vincular {second}")
    assert contacts(world) == 1
    await world.says("+593998887766", f"vincular {second}", channel="sms")
    assert contacts(world) == 2


async def test_said_where_it_was_told_it_links_nothing_and_stays_good(world):
    told = await code(world)
    await world.says("ana", told)
    assert world.heard("ana")[-1].startswith("Ese código es para escribirlo desde tu otro canal")
    await sms(world, told)
    assert contacts(world) == 1


async def test_what_looks_like_a_code_and_is_none_is_an_answer(world):
    await world.starts("ana")
    await world.says("ana", "34")
    handled = await world.says("ana", "CDFGH-JKMNP")
    assert [answer.value for answer in handled.answers] == ["CDFGH-JKMNP"]


async def test_a_test_contact_is_never_a_resident(world):
    told = await code(world)
    await sms(world, f"vincular {told}", test=True)
    assert contacts(world) == 2


async def test_stop_said_on_one_channel_holds_for_both(world):
    await sms(world, control("stop"))
    told = await code(world)
    await sms(world, f"vincular {told}")
    assert world.one("SELECT count(*) FROM contact WHERE stopped_at IS NOT NULL") == 1
    assert world.one("SELECT count(*) FROM stop_mark") == 2


async def test_erased_people_leave_no_code(world):
    await code(world)
    await world.says("ana", control("erase_my_data"))
    await world.says("ana", "sí")
    assert world.rows("SELECT until FROM link_code") == []


async def test_codes_are_kept_by_hash_and_forgotten(world):
    from datetime import timedelta

    told = await code(world)
    ((key,),) = world.rows("SELECT find_key FROM link_code")
    assert told.replace("-", "").encode() not in bytes(key)
    world.clock.move(timedelta(hours=1))
    await code(world, "eva")
    assert world.one("SELECT count(*) FROM link_code") == 1


def test_a_code_has_bits_enough_and_is_no_word():
    assert len(set(ALPHABET)) ** LENGTH > 2**40
    assert not set(ALPHABET) & set("AEIOU01ISZ2O5B8")


@pytest.mark.parametrize(
    "text", ["", "vincular", "vincular hola", "vincular CDFGH", "hola CDFGH-JKMNP", "CDFGHJKMNPQ", "x" * 200]
)
def test_what_is_no_code(text):
    assert said(text, languages().values()) is None


# ── two completed answers of one person ──────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def terminal(world, database_url, tmp_path, monkeypatch):
    import io

    from bot.cli import run
    from bot.cli.terminal import Terminal

    monkeypatch.setenv("MINGA_DATABASE_URL", database_url)
    monkeypatch.setenv("MINGA_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MINGA_SECRET_KEY", "a secret that is long enough for a test of the terminal")

    def command(*words):
        out = io.StringIO()
        return run(words, Terminal(languages()["es"], out, out)), out.getvalue()

    assert command("flow", "list")[0] == 0  # the keys of this database are made while it is empty
    return command


async def doubled(world):
    await completes(world)
    await completes(world, "sms", PHONE)
    await sms(world, f"vincular {await code(world)}")
    return [receipt for (receipt,) in world.rows("SELECT receipt FROM conversation ORDER BY ended_at")]


async def test_closing_waits_for_a_decision_on_two_answers_of_one_person(world, terminal):
    first, last = await doubled(world)
    exit_code, told = terminal("flow", "close", "encuesta")
    assert exit_code == 2
    assert f"{first} (por telegram, no cuenta) · {last} (por sms, cuenta)" in told
    assert "1 persona respondió dos veces" in told
    assert "minga flow conflicts encuesta --keep" in told
    assert world.one("SELECT state FROM flow WHERE id = 'encuesta'") == "open"


def counted(world):
    """The receipts that count in results, by when they were given, and how many do not."""
    rows = world.database.read_now(lambda connection: list(results.stream(connection, "encuesta", Selection(partial=True))))
    groups = Counter()
    for group in world.database.read_now(lambda connection: results.groups(connection, "encuesta")):
        groups[group.status] += group.total
    whole = [row.receipt for row in sorted(rows, key=lambda row: row.ended_at or 0) if row.status == "completed"]
    assert groups["completed"] == len(whole)
    return whole, groups["replaced"]


@pytest.mark.parametrize(("keep", "stands"), [("latest", [1]), ("first", [0]), ("both", [0, 1])])
async def test_the_decision_holds_and_the_flow_closes(world, terminal, keep, stands):
    receipts = await doubled(world)
    assert terminal("flow", "close", "encuesta", "--keep", keep)[0] == 0
    assert world.one("SELECT state FROM flow WHERE id = 'encuesta'") == "closed"
    assert counted(world) == ([receipts[place] for place in stands], 2 - len(stands))


async def test_results_count_the_latest_while_nobody_decides(world, terminal):
    _, last = await doubled(world)
    assert counted(world) == ([last], 1)
    told = terminal("results", "encuesta")[1]
    assert "reemplazadas (la misma persona respondió por otro canal) 1" in told


async def test_who_linked_hears_that_the_latest_counts(world):
    await doubled(world)
    assert any("respondiste «Encuesta»: cuenta la última respuesta completa" in text for text in heard(world))


async def test_conflicts_are_listed_and_decided_by_receipt(world, terminal):
    first, last = await doubled(world)
    exit_code, told = terminal("flow", "conflicts", "encuesta")
    assert exit_code == 0
    assert f"{first} (por telegram, no cuenta) · {last} (por sms, cuenta)" in told
    assert "Por decidir: 1" in told
    exit_code, told = terminal("flow", "conflicts", "encuesta", "--keep", first.lower())
    assert exit_code == 0
    assert "Decidido: 1 respuesta cuenta de 1 persona" in told
    assert f"{first} (por telegram, cuenta) · {last} (por sms, no cuenta)" in told
    assert counted(world) == ([first], 1)
    assert terminal("flow", "close", "encuesta")[0] == 0


async def test_a_decision_may_be_changed(world, terminal):
    first, last = await doubled(world)
    terminal("flow", "conflicts", "encuesta", "--keep", first)
    terminal("flow", "conflicts", "encuesta", "--keep", first, "--keep", last)
    assert counted(world) == ([first, last], 0)


@pytest.mark.parametrize("words", [("--keep", "XXXXXXXXXX"), ("--keep", "")])
async def test_a_receipt_that_is_none_of_theirs_decides_nothing(world, terminal, words):
    _, last = await doubled(world)
    exit_code, told = terminal("flow", "conflicts", "encuesta", *words)
    assert exit_code == 2
    assert "minga flow conflicts encuesta" in told
    assert counted(world) == ([last], 1)


def test_conflicts_of_a_flow_that_there_is_not(world, terminal):
    exit_code, told = terminal("flow", "conflicts", "nada")
    assert exit_code == 2
    assert "encuesta" in told


async def test_nobody_in_conflict(world, terminal):
    await completes(world)
    assert terminal("flow", "conflicts", "encuesta")[1].strip() == "En «encuesta» nadie respondió dos veces."


async def test_what_counted_still_counts_when_the_person_is_forgotten(world, terminal):
    _, last = await doubled(world)
    assert terminal("flow", "close", "encuesta", "--keep", "latest")[0] == 0
    world.database.transaction_now(lambda tx: tx.run(Statement("UPDATE conflict SET verdict = 'open'"), ()))
    await world.says("ana", control("erase_my_data"))
    await world.says("ana", "sí")
    assert contacts(world) == 0
    assert counted(world) == ([last], 1)


async def test_an_anonymous_conversation_that_linking_ends_is_nobodys(world):
    await world.says("ana", "queja")
    await sms(world, "queja")
    await sms(world, f"vincular {await code(world)}")
    ended = world.rows("SELECT contact_id, address_id FROM conversation WHERE status = 'partial'")
    assert ended == [(None, None)]
    assert world.one("SELECT count(*) FROM conversation WHERE contact_id IS NOT NULL") == 1


async def test_of_two_open_ones_staff_see_which_was_ended(world, terminal):
    await world.starts("ana")
    await sms(world, "encuesta")
    await sms(world, "51")
    await sms(world, f"vincular {await code(world)}")
    told = terminal("flow", "conflicts", "encuesta")[1]
    assert told.count("sin terminar") == 2
    assert "Por decidir" not in told
    assert terminal("flow", "close", "encuesta")[0] == 0


async def test_who_answered_once_hinders_no_closing(world, terminal):
    await completes(world)
    await sms(world, f"vincular {await code(world)}")
    assert terminal("flow", "close", "encuesta")[0] == 0
