"""Campaigns: whom they reach, at what hours, behind replies; held, let go, broken off, each person once."""

import asyncio
from datetime import timedelta

import pytest

from bot.campaigns.campaigns import CampaignRefused, Campaigns
from bot.campaigns.invitation import Invitation
from bot.channels.channel import Never, PersonStopped
from bot.clock import milliseconds
from storage import campaigns as kept
from storage.circles import PAGE
from storage.statements import Statement
from tests.test_turn import control
from tests.world import ANONYMOUS, NOON, SURVEY, VAULT, World, languages, loaded

FLOW = loaded(SURVEY).flow
CONSENT = Statement("""
    INSERT INTO consent (id, contact_id, name, version, language, purpose, days, given, at)
    VALUES (?, ?, 'seguimiento', '1', 'es', ?, 365, ?, ?)
""")


@pytest.fixture
def world(database_url):
    world = World(database_url, SURVEY, ANONYMOUS)
    yield world
    world.close()


def invitation(**more):
    return Invitation(FLOW, languages(), "Puyo", **more)


def campaigns(world, *names):
    channels = {"telegram": world.provider, "sms": world.sms, "whatsapp": world.whatsapp}
    return Campaigns(world.database, VAULT, world.clock, {name: channels[name] for name in names or channels})


async def met(world, person, *, consent=True, purpose="follow_up", **more):
    """Somebody who wrote once, and what they said about being written to; returns the contact."""
    handled = await world.says(person, "queja", **more)
    await world.says(person, "Hay un bache", **more)
    if consent is not None:
        agree(world, handled.contact, consent, purpose)
    return handled.contact


def agree(world, contact, consent=True, purpose="follow_up"):
    world.clock.move(timedelta(seconds=1))
    row = (world.database.identifiers.next(), contact, purpose, consent, milliseconds(world.clock.now()))
    world.database.transaction_now(lambda tx: tx.run(CONSENT, row))


def crowd(world, count):
    """So many people who agreed, without their having to write."""
    make = world.database.identifiers.next
    now = milliseconds(world.clock.now())
    people = [(make(), make(), make(), f"vecina{number}") for number in range(count)]
    lobby = world.one("SELECT min(lobby) FROM contact")

    def work(tx):
        tx.write_many(
            Statement("INSERT INTO contact (id, language, test, clock_offset, lobby, created_at) VALUES (?, 'es', ?, 0, ?, ?)"),
            [(contact, False, lobby, now) for contact, *_ in people],
        )
        tx.write_many(
            Statement(
                "INSERT INTO address (id, contact_id, channel, account, find_key, identity, created_at)"
                " VALUES (?, ?, 'telegram', 'bot', ?, ?, ?)"
            ),
            [(address, contact, name.encode(), VAULT.seal_identity(name), now) for contact, address, _, name in people],
        )
        tx.write_many(CONSENT, [(consent, contact, "follow_up", True, now) for contact, _, consent, _ in people])

    world.database.transaction_now(work)


def heard(provider):
    return sorted(outgoing.address.identifier for outgoing in provider.sent if outgoing.step == "campaign")


async def begun(world, *names, **more):
    made = campaigns(world, *names)
    identifier = await made.begin(invitation(), **more)
    return made, identifier


async def test_only_those_are_invited_whose_last_word_is_yes(world):
    for person, consent in {"ana": True, "eva": False, "luz": None}.items():
        await met(world, person, consent=consent)
    await met(world, "sol", purpose="statistics")
    changed = await met(world, "mar")
    agree(world, changed, consent=False)
    back = await met(world, "paz", consent=False)
    agree(world, back)
    await begun(world)
    await world.deliveries.run_due()
    assert heard(world.provider) == ["ana", "paz"]
    plan = await campaigns(world).plan(invitation())
    assert plan.left_out == {"refused_consent": 2, "no_consent": 2, "invited": 2}


async def test_stopped_test_and_finished_people_are_left_out(world):
    await met(world, "ana")
    await met(world, "eva")
    await world.says("eva", control("stop"))
    await met(world, "prueba", test=True)
    await met(world, "luz")
    for said in ("encuesta", "34", "Más árboles", "1"):
        await world.says("luz", said)
    assert world.one("SELECT count(*) FROM conversation WHERE flow = 'encuesta' AND status = 'completed'") == 1
    plan = await campaigns(world).plan(invitation())
    assert plan.people == {"telegram": 1}
    assert plan.left_out == {"stopped": 1, "answered": 1}
    await begun(world)
    await world.deliveries.run_due()
    assert heard(world.provider) == ["ana"]


async def test_a_stop_mark_that_outlived_its_person_is_honoured(world):
    contact = await met(world, "ana")
    world.rows(
        "INSERT INTO stop_mark (channel, account, find_key, at)"
        " SELECT channel, account, find_key, 1 FROM address WHERE contact_id = ? RETURNING at",
        contact,
    )
    assert (await campaigns(world).plan(invitation())).left_out == {"stopped": 1}


async def test_a_rehearsal_writes_nothing_and_tells_cost_and_words(world):
    await met(world, "ana")
    await met(world, "+593991112233", channel="sms")
    plan = await campaigns(world).plan(invitation())
    assert plan.people == {"telegram": 1, "sms": 1}
    assert plan.units["telegram"] == 0
    assert plan.units["sms"] >= 1
    text = plan.samples["telegram", "es"]
    assert "Puyo" in text
    assert "Encuesta" in text
    assert "«encuesta»" in text
    assert plan.total == 2
    assert world.rows("SELECT id FROM campaign") == []
    assert world.rows("SELECT id FROM outbox WHERE priority = 2") == []


async def test_the_word_of_the_invitation_begins_the_flow(world):
    await met(world, "ana")
    await begun(world)
    await world.deliveries.run_due()
    await world.says("ana", "encuesta")
    assert world.heard("ana")[-1] == "¿Cuántos años tienes?"


async def test_the_command_given_twice_invites_nobody_anew_until_days_went_by(world):
    await met(world, "ana")
    await begun(world)
    await begun(world)
    await world.deliveries.run_due()
    assert heard(world.provider) == ["ana"]
    world.clock.move(timedelta(days=4))
    await begun(world)
    await world.deliveries.run_due()
    assert heard(world.provider) == ["ana", "ana"]


async def test_a_person_on_two_channels_gets_one_message_where_they_talked_last(world):
    contact = await met(world, "ana")
    await met(world, "+593991112233", channel="sms", consent=None)
    # the second address is the same person's
    world.rows("UPDATE conversation SET contact_id = NULL RETURNING id")
    world.rows("UPDATE address SET contact_id = ? WHERE channel = 'sms' RETURNING id", contact)
    await begun(world)
    await world.deliveries.run_due()
    assert (heard(world.provider), heard(world.sms)) == ([], ["+593991112233"])


async def test_who_has_no_configured_channel_is_left_out(world):
    await met(world, "ana")
    plan = await campaigns(world, "sms").plan(invitation())
    assert plan.left_out == {"unreachable": 1}


async def test_one_way_sms_invites_by_a_link_and_else_not_at_all(world, monkeypatch):
    from dataclasses import replace

    from bot.channels.abilities import SMS

    monkeypatch.setattr(world.sms, "abilities", lambda _: replace(SMS, two_way=False))
    await met(world, "+593991112233", channel="sms")
    assert (await campaigns(world).plan(invitation())).left_out == {"one_way": 1}
    linked = invitation(link=lambda word: f"https://wa.me/593?text={word}")
    plan = await campaigns(world).plan(linked)
    assert "https://wa.me/593?text=encuesta" in plan.samples["sms", "es"]


async def test_nothing_goes_in_quiet_hours(world):
    await met(world, "ana")
    world.clock.move(NOON.replace(hour=21) - world.clock.now())
    plan = await campaigns(world).plan(invitation())
    assert plan.starts == (NOON + timedelta(days=1)).replace(hour=8)
    await begun(world)
    await world.deliveries.run_due()
    assert heard(world.provider) == []
    world.clock.move(timedelta(hours=11))
    await world.deliveries.run_due()
    assert heard(world.provider) == ["ana"]


async def test_what_is_left_when_quiet_hours_begin_waits_for_their_end(world):
    await met(world, "ana")
    made, _ = await begun(world)
    world.clock.move(NOON.replace(hour=19, minute=59, second=55) - world.clock.now())
    await made.keep_quiet(world.library.catalogue.current)
    await world.deliveries.run_due()
    assert heard(world.provider) == []
    world.clock.move(timedelta(hours=12, seconds=4))
    await made.keep_quiet(world.library.catalogue.current)
    await world.deliveries.run_due()
    assert heard(world.provider) == []
    world.clock.move(timedelta(seconds=2))
    await made.keep_quiet(world.library.catalogue.current)
    await world.deliveries.run_due()
    assert heard(world.provider) == ["ana"]


async def test_a_flow_that_closes_invites_nobody_any_more(world):
    await met(world, "ana")
    made, _ = await begun(world)
    await made.keep_quiet(lambda _: None)
    await world.deliveries.run_due()
    assert heard(world.provider) == []
    (tally,) = await made.tallies()
    assert (tally.campaign.state, tally.messages) == ("paused", {"paused": 1})
    await made.resume(tally.campaign.id, lambda _: invitation())
    await world.deliveries.run_due()
    assert heard(world.provider) == ["ana"]


async def test_pages_carry_many_and_everybody_gets_one(world):
    await met(world, "ana")
    crowd(world, 2 * PAGE + 7)
    made, _ = await begun(world)
    (tally,) = await made.tallies()
    assert (tally.campaign.state, tally.messages) == ("running", {"queued": 2 * PAGE + 8})
    assert world.one("SELECT count(DISTINCT contact_id) FROM outbox WHERE priority = 2") == 2 * PAGE + 8
    assert world.one("SELECT count(DISTINCT flow) FROM outbox WHERE priority = 2 AND flow = 'encuesta'") == 1
    assert await made.pause(tally.campaign.id) == 2 * PAGE + 8
    assert await made.resume(tally.campaign.id, lambda _: invitation()) == 2 * PAGE + 8


async def test_paused_it_sends_nothing_and_goes_on_after(world):
    await met(world, "ana")
    made, identifier = await begun(world)
    assert await made.pause(identifier) == 1
    # whoever writes meanwhile is answered, and their invitation stays where it is
    await world.says("ana", "hola")
    await world.deliveries.run_due()
    assert heard(world.provider) == []
    assert await made.pause(identifier) == 0
    assert await made.resume(identifier, lambda _: invitation()) == 1
    await world.deliveries.run_due()
    assert heard(world.provider) == ["ana"]


async def test_a_message_outside_the_window_is_held_by_a_pause_too(database_url):
    world = World(database_url, SURVEY, ANONYMOUS, held={"whatsapp"})
    try:
        await met(world, "+593991112233", channel="whatsapp")
        world.clock.move(timedelta(days=2))
        made, identifier = await begun(world)
        await world.deliveries.run_due()
        assert (await made.tallies())[0].messages == {"waiting": 1}
        assert await made.pause(identifier) == 1
        await world.says("+593991112233", "hola", channel="whatsapp")
        assert heard(world.whatsapp) == []
        await made.resume(identifier, lambda _: invitation())
        await world.deliveries.run_due()
        assert heard(world.whatsapp) == ["+593991112233"]
    finally:
        world.close()


async def test_a_pause_waits_for_what_is_on_its_way(world):
    await met(world, "ana")
    made, identifier = await begun(world)
    going, gate = asyncio.Event(), asyncio.Event()

    async def before(_):
        going.set()
        await gate.wait()
        raise TimeoutError  # no word of the channel's own: tried again later

    world.provider.before = before
    sending = asyncio.create_task(world.deliveries.run_due())
    await going.wait()
    pausing = asyncio.create_task(made.pause(identifier))
    await asyncio.sleep(0.3)
    assert not pausing.done()
    gate.set()
    await pausing
    world.provider.before = None
    await sending
    world.clock.move(timedelta(hours=1))
    await world.deliveries.run_due()
    assert len([o for o in world.provider.tried if o.step == "campaign"]) == 1


async def test_stop_takes_back_what_is_queued_for_that_person(world):
    await met(world, "ana")
    await met(world, "eva")
    made, _ = await begun(world)
    world.clock.move(timedelta(seconds=1))
    await world.turns.handle(world.incoming("ana", control("stop")))
    await world.deliveries.run_due()
    assert heard(world.provider) == ["eva"]
    (tally,) = await made.tallies()
    assert tally.messages == {"sent": 1, "stopped": 1}
    assert tally.left == 1


async def test_failures_stops_and_costs_are_told_apart(world):
    for person in ("+593991112231", "+593991112232", "+593991112233"):
        await met(world, person, channel="sms")
    made, identifier = await begun(world)
    world.sms.answers = [Never("30006"), PersonStopped("21610")]
    await world.deliveries.run_due()
    world.rows(
        "UPDATE outbox SET units = 2, price = 150000, currency = 'USD' WHERE priority = 2 AND status = 'sent' RETURNING id"
    )
    (tally,) = await made.tallies()
    assert tally.messages == {"failed": 1, "stopped": 1, "sent": 1}
    assert (tally.units, tally.price, tally.total) == (2, {"USD": 150_000}, 3)
    assert tally.campaign.id == identifier


async def test_replies_go_before_it(world):
    await met(world, "ana")
    crowd(world, 50)
    await begun(world)
    before = len(world.provider.sent)
    world.clock.move(timedelta(seconds=1))
    await world.turns.handle(world.incoming("ana", "menú"))
    await world.deliveries.run_due()
    steps = [outgoing.step for outgoing in world.provider.sent[before:]]
    last_reply = max(place for place, step in enumerate(steps) if step != "campaign")
    assert last_reply < len(steps) - 45


async def test_a_death_while_queueing_loses_nobody_and_doubles_nobody(world):
    await met(world, "ana")
    crowd(world, PAGE + 5)
    made = campaigns(world)
    queue, pages = made._queue, []

    def dies(tx, words, identifier):
        pages.append(identifier)
        if len(pages) > 1:
            raise RuntimeError("killed")
        return queue(tx, words, identifier)

    made._queue = dies
    with pytest.raises(RuntimeError):
        await made.begin(invitation())
    again = campaigns(world)
    (tally,) = await again.tallies()
    assert (tally.campaign.state, tally.messages) == ("queueing", {"queued": PAGE})
    await again.resume(tally.campaign.id, lambda _: invitation())
    (tally,) = await again.tallies()
    assert (tally.campaign.state, tally.messages) == ("running", {"queued": PAGE + 6})
    assert world.one("SELECT count(DISTINCT contact_id) FROM outbox WHERE priority = 2") == PAGE + 6


async def test_a_death_while_choosing_has_sent_nothing(world):
    await met(world, "ana")
    made = campaigns(world)
    world.database.transaction_now(lambda tx: kept.add(tx, 7, "encuesta", "all", 1))
    with pytest.raises(CampaignRefused, match="unfinished"):
        await made.resume(7, lambda _: invitation())
    with pytest.raises(CampaignRefused, match="not_running"):
        await made.pause(7)
    with pytest.raises(CampaignRefused, match="unknown"):
        await made.resume(8, lambda _: invitation())
    with pytest.raises(CampaignRefused, match="unknown"):
        await made.pause(8)


async def test_who_says_stop_while_it_is_queued_is_spared(world):
    await met(world, "ana")
    await met(world, "eva")
    made = campaigns(world)
    queue = made._queue

    def later(tx, words, identifier):
        tx.run(Statement("UPDATE contact SET stopped_at = 1 WHERE id = (SELECT min(id) FROM contact)"))
        return queue(tx, words, identifier)

    made._queue = later
    await made.begin(invitation())
    assert world.one("SELECT count(*) FROM campaign_message") == 1


async def test_a_list_invites_those_on_it_alone(world):
    await met(world, "ana")
    await met(world, "+593991112233", channel="sms")
    made = campaigns(world)
    found = await made.at([("sms", "+593991112233"), ("telegram", "+593991112233"), ("telegram", "nadie")])
    assert found[1:] == [None, None]
    await made.begin(invitation(), only=frozenset(contact for contact in found if contact))
    await world.deliveries.run_due()
    assert (heard(world.provider), heard(world.sms)) == ([], ["+593991112233"])


async def test_an_erased_person_leaves_the_count_and_no_trace(world):
    contact = await met(world, "ana")
    made, _ = await begun(world)
    await world.deliveries.run_due()
    await world.says("ana", control("erase_my_data"))
    await world.says("ana", "sí")
    assert world.rows("SELECT id FROM contact WHERE id = ?", contact) == []
    assert world.rows("SELECT contact_id FROM campaign_message") == [(None,)]
    assert (await made.tallies())[0].messages == {"sent": 1}
