"""The answer back: each person once, in their language and on their channel, with the figures of their own place."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.answering_back.answering import AnsweringBack, AnsweringRefused
from bot.answering_back.progress import progress
from bot.campaigns.campaigns import CampaignRefused, Campaigns
from bot.channels.channel import Never
from bot.clock import milliseconds
from bot.engine.flow import ConsentText
from bot.prices import Prices
from storage import answer_backs, campaigns, commitments, findings, outbox, releases, staff
from storage.answer_backs import Said
from storage.statements import Statement
from tests.test_turn import control
from tests.world import NOON, VAULT, World

FLOW = """
flow: obras
kind: consultation
title: {es: Obras, en: Works}
languages: [es, en]
start: {words: [obras]}
consent: aviso
survey:
  - type: select_one
    name: canton
    label: {es: ¿Dónde vives?, en: Where do you live?}
    choices:
      puyo: {label: {es: Puyo, en: Puyo}}
      mera: {label: {es: Mera, en: Mera}}
      baños: {label: {es: Baños, en: Baños}}
  - type: text
    name: barrio
    label: {es: ¿En qué barrio?, en: In which neighbourhood?}
    required: false
    quasi: {coarsen: canton}
  - type: select_one
    name: obra
    label: {es: ¿Qué obra?, en: Which work?}
    choices: {agua: {label: {es: Agua, en: Water}}, luz: {label: {es: Luz, en: Light}}, via: {label: {es: Vía, en: Road}}}
  - {type: note, label: {es: Gracias., en: Thank you.}}
"""
CONSENTS = {"aviso": ConsentText("aviso", "1", "follow_up", 90, {"es": "¿Podemos contarte?"})}
AGREED = Statement("""
    INSERT INTO consent (id, contact_id, name, version, language, purpose, days, given, at)
    VALUES (?, ?, ?, '1', 'es', ?, 90, ?, ?)
""")
URL = "https://puyo.example"


@pytest.fixture
def world(database_url):
    world = World(database_url, FLOW)
    yield world
    world.close()


@pytest.fixture
def small():
    world = World("sqlite://", FLOW)
    yield world
    world.close()


def answering(world, public_url=URL):
    channels = {"telegram": world.provider, "sms": world.sms, "whatsapp": world.whatsapp}
    reaching = Campaigns(world.database, VAULT, world.clock, channels)
    return AnsweringBack(
        world.database, reaching, channels, world.clock, lambda: replace(world.library.catalogue, consents=CONSENTS),
        public_url=public_url, prices=Prices,
    )  # fmt: skip


async def answered(world, person, canton="1", obra="1", *, consent="aviso", given=True, whole=True, **more):
    """Somebody who answered, and what they said about hearing of it."""
    handled = await world.says(person, "obras", **more)
    for said in (canton, "saltar", obra)[: 3 if whole else 1]:
        await world.says(person, said, **more)
    if consent:
        purpose = "follow_up" if consent == "aviso" else "statistics"
        row = (world.database.identifiers.next(), handled.contact, consent, purpose, given, 1)
        world.database.transaction_now(lambda tx: tx.run(AGREED, row))
    return handled.contact


def written(world, *, told=("obra",), entries=1):
    """An answer back that is public, with a commitment in each of its entries."""
    make = world.database.identifiers.next

    def work(tx):
        who = make()
        staff.add(tx, who, email="ana@puyo.ec", name="Ana", role="coordinator", now=1)
        answer = make()
        heading = {"es": "Esto haremos.", "en": "This is what we will do."}
        assert answer_backs.add(tx, answer, "obras", heading=heading, place="canton", told=told, staff=who, now=1)
        for number in range(entries):
            said = Said(
                "question", "obra", "", {"es": f"Falta agua {number}.", "en": f"Water is missing {number}."}, {},
                {"es": "Pondremos tubos.", "en": "We will lay pipes."}, "Obras Públicas", None, None, "2027-03-31",
            )  # fmt: skip
            answer_backs.say(tx, answer, None, said, make)
        answer_backs.publish(tx, answer, staff=who, now=2)
        return answer_backs.by_id(tx, answer)

    return world.database.transaction_now(work)


async def begun(world, made, answer):
    figures = await made.figures(answer)
    return await world.database.transaction(lambda tx: made.begin(tx, answer, figures))


async def looked(made, world, times=4):
    for _ in range(times):
        await made.look(world.clock.now())


def got(provider, step="answer_back"):
    return {outgoing.address.identifier: outgoing.text for outgoing in provider.sent if outgoing.step == step}


def times(provider, step="answer_back"):
    return sorted(outgoing.address.identifier for outgoing in provider.sent if outgoing.step == step)


def standing(tx, campaign):
    found = campaigns.find(tx, campaign)
    assert found is not None
    return progress(tx, found)


async def test_everybody_who_agreed_and_said_something_gets_it_once_in_their_language_and_with_their_place(world):
    for number in range(6):
        await answered(world, f"puyo{number}", "1", "2")
    for number in range(6):
        await answered(world, f"mera{number}", "2", "2")
    await answered(world, "sola", "3", "2")
    await answered(world, "parcial", "1", whole=False)
    await answered(world, "no", given=False)
    await answered(world, "nada", consent="")
    await answered(world, "estadistica", consent="datos")
    await answered(world, "stop")
    await world.says("stop", control("stop"))
    await answered(world, "+593991112233", channel="sms")
    english = await answered(world, "amy", "1", "2")
    world.rows("UPDATE contact SET language = 'en' WHERE id = ? RETURNING id", english)
    answer, made = written(world), answering(world)
    await begun(world, made, answer)
    with pytest.raises(AnsweringRefused, match="sent_before"):
        await begun(world, made, answer)
    await looked(made, world)
    await looked(answering(world), world)  # another process, or this one started anew
    await world.deliveries.run_due()
    expected = [*(f"puyo{n}" for n in range(6)), *(f"mera{n}" for n in range(6)), "sola", "parcial", "amy"]
    assert times(world.provider) == sorted(expected)
    heard = got(world.provider)
    assert "En Puyo respondieron 12 personas" in heard["puyo1"]
    assert "Luz (7 de 12); Agua (5 de 12)" in heard["puyo1"]
    assert "In Puyo 12 people answered" in heard["amy"]
    assert "Light (7 of 12)" in heard["amy"]
    assert "What we will do: We will lay pipes (in charge: Obras Públicas; by Wednesday, 31 March 2027)." in heard["amy"]
    # too few of that place: the figures of all, also where the first would be left over by the others
    for person in ("sola", "mera1"):
        assert "En total respondieron 19 personas" in heard[person]
        assert "Luz (14 de 19)" in heard[person]
        assert "En Mera" not in heard[person]
    assert "Escuchamos: Falta agua 0." in heard["parcial"]
    assert "alto" in heard["puyo1"]
    # it is no invitation
    told = world.database.read_now(lambda connection: findings.disposition(connection, "obras", [], anonymous=False))
    assert told.invited == 0
    assert await Campaigns(world.database, VAULT, world.clock, {}).tallies() == []
    short = got(world.sms)["+593991112233"]
    assert f"{URL}/compromisos/obras" in short
    assert "Escuchamos" not in short


async def test_where_results_are_public_it_tells_of_the_same_people_and_questions(small, monkeypatch):
    for number in range(6):
        await answered(small, f"puyo{number}", "1", "2")
    small.clock.move(timedelta(hours=1))
    until = milliseconds(small.clock.now())
    for number in range(6):
        await answered(small, f"later{number}", "1", "1")
    answer = written(small)

    async def told(*shown):
        public = releases.Release(1, "obras", shown, 6, until, "", False, 0, 0, None, 1, 0, 1, 0, None, None, "")
        monkeypatch.setattr(releases, "released", lambda *_: public)
        return (await answering(small).words(answer, fresh=True)).results

    assert [line.top for line in (await told("canton", "obra")).whole.lines] == [(("luz", 6),)]
    assert (await told("canton")).whole.lines == ()


async def test_two_processes_at_once_send_nothing_twice(world, database_url):
    for number in range(12):
        await answered(world, f"p{number}")
    beside = World(database_url, FLOW)
    try:
        answer, one, other = written(world), answering(world), answering(beside)
        await begun(world, one, answer)
        await asyncio.gather(*(made.look(world.clock.now()) for made in (one, other) for _ in range(4)))
        await looked(one, world)
        await asyncio.gather(world.deliveries.run_due(), beside.deliveries.run_due())
        assert sorted(times(world.provider) + times(beside.provider)) == sorted(f"p{number}" for number in range(12))
    finally:
        beside.close()


@pytest.mark.parametrize("dies", ["choose", "queue", "set_state"])
async def test_whoever_goes_on_after_a_death_loses_nobody_and_doubles_nobody(small, monkeypatch, dies):
    for number in range(5):
        await answered(small, f"p{number}")
    answer, made = written(small), answering(small)
    await begun(small, made, answer)
    real = outbox.queue if dies == "queue" else getattr(campaigns, dies)

    def killed(tx, *rest, **more):
        real(tx, *rest, **more)
        raise RuntimeError("killed")

    where = "bot.campaigns.campaigns." + ("outbox.queue" if dies == "queue" else f"campaigns.{dies}")
    monkeypatch.setattr(where, killed)
    with pytest.raises(RuntimeError):
        await looked(made, small)
    monkeypatch.setattr(where, real)
    await looked(answering(small), small)
    await small.deliveries.run_due()
    assert times(small.provider) == [f"p{number}" for number in range(5)]


async def test_it_keeps_quiet_hours_is_paused_goes_on_and_is_broken_off(small):
    for person in ("ana", "eva", "luz"):
        await answered(small, person)
    small.clock.move(NOON.replace(hour=22) - small.clock.now())
    answer, made = written(small), answering(small)
    campaign = await begun(small, made, answer)
    await looked(made, small)
    await small.deliveries.run_due()
    assert times(small.provider) == []
    small.clock.move(timedelta(hours=11))
    small.database.transaction_now(lambda tx: made.pause(tx, campaign))
    await looked(made, small)
    await small.deliveries.run_due()
    assert times(small.provider) == []
    small.database.transaction_now(lambda tx: made.resume(tx, campaign))
    await looked(made, small)
    await small.turns.handle(small.incoming("eva", control("stop")))
    small.database.transaction_now(lambda tx: made.cancel(tx, campaign))
    await looked(made, small)
    await small.deliveries.run_due()
    assert times(small.provider) == []
    found = small.database.transaction_now(lambda tx: standing(tx, campaign))
    assert found.standings == {"stopped": 1, "cancelled": 2}
    with pytest.raises(CampaignRefused, match="not_running"):
        small.database.transaction_now(lambda tx: made.resume(tx, campaign))


async def test_paused_while_people_are_chosen_it_chooses_the_rest_later(small):
    for person in ("ana", "eva"):
        await answered(small, person)
    answer, made = written(small), answering(small)
    campaign = await begun(small, made, answer)
    small.database.transaction_now(lambda tx: made.pause(tx, campaign))
    await looked(made, small)
    small.database.transaction_now(lambda tx: made.resume(tx, campaign))
    await looked(made, small)
    await small.deliveries.run_due()
    assert times(small.provider) == ["ana", "eva"]


async def test_outside_whatsapps_window_it_waits_and_staff_see_why():
    world = World("sqlite://", FLOW, held={"whatsapp"})
    try:
        await answered(world, "+593991112233", channel="whatsapp")
        await answered(world, "rota")
        world.clock.move(timedelta(days=2))
        answer, made = written(world), answering(world)
        campaign = await begun(world, made, answer)
        await looked(made, world)
        world.provider.answers = [Never("chat not found")]
        await world.deliveries.run_due()
        found = world.database.transaction_now(lambda tx: standing(tx, campaign))
        assert found.standings == {"window": 1, "failed": 1}
        assert list(found.why) == ["chat not found"]
        await world.says("+593991112233", "hola", channel="whatsapp")
        assert times(world.whatsapp) == ["+593991112233"]
    finally:
        world.close()


async def test_the_end_of_a_commitment_is_told_to_those_who_got_the_answer_once(small):
    await answered(small, "ana")
    await answered(small, "eva")
    answer, made = written(small), answering(small)
    await begun(small, made, answer)
    await looked(made, small)
    small.provider.answers = [Never("blocked")]
    await small.deliveries.run_due()
    reached = times(small.provider)

    def done(tx):
        one = commitments.one(tx, 1)
        assert commitments.update(tx, one._replace(state="done"), {"es": "Los tubos están."}, staff=None, now=3)
        assert not commitments.update(tx, one._replace(state="not_done"), {"es": "No."}, staff=None, now=3)
        return made.begin_ended(tx, 1)

    small.database.transaction_now(done)
    with pytest.raises(AnsweringRefused, match="told_before"):
        small.database.transaction_now(lambda tx: made.begin_ended(tx, 1))
    await looked(made, small)
    await small.deliveries.run_due()
    assert times(small.provider, "commitment") == reached
    assert "hicimos lo que prometimos" in got(small.provider, "commitment")[reached[0]]


async def test_whoever_is_erased_is_in_no_row_and_gets_nothing(small):
    contact = await answered(small, "ana")
    answer, made = written(small), answering(small)
    await begun(small, made, answer)
    small.clock.move(NOON.replace(hour=22) - small.clock.now())
    await looked(made, small)
    await small.says("ana", control("erase_my_data"))
    await small.says("ana", "sí")
    small.clock.move(timedelta(days=1))
    await small.deliveries.run_due()
    assert times(small.provider) == []
    assert small.rows("SELECT contact_id FROM campaign_message WHERE contact_id = ?", contact) == []
    assert small.rows("SELECT id FROM outbox WHERE contact_id = ? OR (priority = 2 AND payload IS NOT NULL)", contact) == []


async def test_without_a_public_address_an_sms_says_it_itself_and_a_long_answer_says_what_it_leaves_out(small):
    await answered(small, "+593991112233", channel="sms")
    answer, made = written(small, entries=60), answering(small, public_url="")
    words = await made.words(answer, fresh=True)
    shown = {one.channel: one for one in made.seen(words, "es", "puyo")}
    assert "Escuchamos" in shown["sms"].text
    assert shown["sms"].units > 5
    assert len(shown["whatsapp"].text) <= 1600
    assert "respuestas más que no caben aquí" in shown["whatsapp"].text
    plan = await made.plan(words)
    assert plan.people == {"sms": 1}
    # nothing of it is written by looking
    assert small.rows("SELECT id FROM campaign") == []
