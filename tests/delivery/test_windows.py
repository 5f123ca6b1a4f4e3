"""Windows: outside them a message waits for the person's word, or a template asks for it; staff see why."""

from datetime import timedelta

import pytest

from bot.channels.channel import Bill, FateUnknown, Never, OutsideWindow, RetryLater, Sent, Status
from bot.channels.twilio.codes import meaning
from bot.clock import RealClock
from bot.delivery import Opening, Pricing
from bot.vocabulary import Start
from storage import outbox
from storage.statements import Statement
from tests.world import ECUADOR, SURVEY, World

OPENING = Opening({"es": "HX1", "en": "HX2"})


class Openings:
    def __init__(self):
        self.sent, self.answers = [], []

    async def open_talk(self, address, content_sid, variables):
        answer = self.answers.pop(0) if self.answers else Sent(f"t{len(self.sent) + 1}")
        if isinstance(answer, Exception):
            raise answer
        self.sent.append((address.identifier, content_sid))
        return answer


def built(url, **more):
    world = World(url, SURVEY, held=("whatsapp", "telegram"), **more)
    world.openings = Openings()
    world.whatsapp.open_talk = world.openings.open_talk
    world.whatsapp.explain = lambda code: meaning(code)(code)
    return world


@pytest.fixture
def world(database_url):
    world = built(database_url)
    yield world
    world.close()


@pytest.fixture
def opening(database_url):
    world = built(database_url, openings={"whatsapp": OPENING})
    yield world
    world.close()


def later(world, **by):
    world.clock.move(timedelta(**by))


async def begun(world, person="ana", channel="whatsapp"):
    await world.turns.handle(world.incoming(person, Start("encuesta"), channel=channel))
    await world.deliveries.run_due()


async def reminded(world):
    """A day later the reminder is due: two messages, that something is open and the question again."""
    later(world, hours=25)
    await world.duties.run_due()
    await world.deliveries.run_due()


def stuck(world):
    return world.rows("SELECT status, error, attempts FROM outbox WHERE status = 'waiting' ORDER BY id")


async def test_within_it_everything_goes(world):
    await begun(world)
    later(world, hours=23, minutes=59)
    await world.turns.handle(world.incoming("ana", "34", channel="whatsapp"))
    await world.deliveries.run_due()
    assert len(world.whatsapp.sent) == 2 and stuck(world) == []


async def test_outside_it_waits_and_goes_when_they_write(world):
    await begun(world)
    await reminded(world)
    assert len(world.whatsapp.tried) == 1, "known before sending: the provider is not even asked"
    assert stuck(world) == [("waiting", "outside_window", 0)] * 2
    await world.turns.handle(world.incoming("ana", "34", channel="whatsapp"))
    await world.deliveries.run_due()
    later(world, seconds=1)
    await world.deliveries.run_due()
    texts = [o.text for o in world.whatsapp.sent]
    assert len(texts) == 4 and "¿Qué cambiarías?" in texts and stuck(world) == []


async def test_what_waits_holds_up_nothing_and_takes_no_token(world):
    await begun(world)
    await reminded(world)
    assert world.rows("SELECT count(*) FROM lane_pace WHERE full_us > 0")[0][0] <= 1
    await begun(world, "eva")
    assert world.whatsapp.sent[-1].address.identifier == "eva"


async def test_channels_without_a_window_know_none(world):
    await begun(world, channel="telegram")
    await reminded(world)
    assert len(world.provider.sent) == 3
    assert world.one("SELECT heard_at FROM address") is None


async def test_a_template_asks_them_to_write_once(opening):
    await begun(opening)
    await reminded(opening)
    assert opening.openings.sent == [("ana", "HX1")]
    assert stuck(opening) == [("waiting", "opened", 0)] * 2
    later(opening, hours=48)
    await opening.duties.run_due()
    await opening.deliveries.run_due()
    assert len(opening.openings.sent) == 1, "one is enough"
    assert {error for _, error, _ in stuck(opening)} == {"opened"}
    await opening.turns.handle(opening.incoming("ana", "34", channel="whatsapp"))
    await opening.deliveries.run_due()
    assert stuck(opening) == [] and len(opening.whatsapp.sent) >= 3


async def test_the_template_is_counted_for_the_costs(opening):
    await begun(opening)
    await reminded(opening)
    assert opening.rows("SELECT units, provider_id FROM outbox WHERE status = 'waiting' ORDER BY id") == [(1, "t1"), (0, None)]


@pytest.mark.parametrize("known_early", [True, False])
async def test_template_and_message_are_paid_each_and_both_prices_come(opening, known_early):
    """Whether the template's price was known before the message went or not: none is lost, and none is taken for the other's."""
    prices = {"t1": 0.04}
    asked = []

    async def bill(provider_id):
        asked.append(provider_id)
        return Bill(prices.get(provider_id, 0.005), "USD", 1)

    opening.whatsapp.bill = bill
    pricing = Pricing(opening.database, {"whatsapp": opening.whatsapp})
    tomorrow = RealClock(ECUADOR).now() + timedelta(days=1)  # ids bear the real time, not the town's
    await begun(opening)
    await reminded(opening)
    if known_early:
        await pricing.ask(tomorrow)
    await opening.turns.handle(opening.incoming("ana", "34", channel="whatsapp"))
    await opening.deliveries.run_due()
    later(opening, hours=1)
    await opening.deliveries.run_due()
    await pricing.ask(tomorrow)
    sent = len(opening.whatsapp.sent)
    assert asked.count("t1") == 1 and len(asked) == len(set(asked)) == sent + 1
    assert opening.rows("SELECT count(*), sum(units), sum(price) FROM outbox WHERE status = 'sent'") == [
        (sent + 1, sent + 1, 40_000 + sent * 5_000)
    ]
    assert opening.rows("SELECT provider_id, units, price FROM outbox WHERE error = 'opening'") == [("t1", 1, 40_000)]


async def test_a_template_that_fails_for_now_is_sent_again(opening):
    opening.openings.answers = [RetryLater("busy")]
    await begun(opening)
    await reminded(opening)
    assert opening.openings.sent == []
    later(opening, minutes=1)
    await opening.deliveries.run_due()
    assert opening.openings.sent == [("ana", "HX1")]


async def test_a_template_whose_fate_is_unknown_is_not_sent_twice(opening):
    opening.openings.answers = [FateUnknown("504")]
    opening.whatsapp.lookup = opening.openings.open_talk  # that the channel can look for messages changes nothing
    await begun(opening)
    await reminded(opening)
    assert stuck(opening) == [("waiting", "opened", 0)] * 2
    later(opening, hours=47)
    await opening.deliveries.run_due()
    assert opening.openings.sent == []


async def test_a_template_that_is_not_accepted_is_a_failure_that_staff_see(opening):
    opening.openings.answers = [Never("63041")]
    await begun(opening)
    await reminded(opening)
    assert opening.rows("SELECT status, error FROM outbox ORDER BY id")[1:] == [
        ("failed", "63041"),
        ("waiting", "outside_window"),
    ]


async def test_a_template_that_fails_later_is_as_if_it_had_never_asked(opening):
    await begun(opening)
    await reminded(opening)
    status = Status("whatsapp", "bot", "t1", "failed", opening.clock.now(), "63018")
    await opening.deliveries.heard(status)
    later(opening, minutes=1)
    await opening.deliveries.run_due()
    assert opening.openings.sent == [("ana", "HX1")] * 2


async def test_what_the_provider_knows_better_ends_the_same(world):
    world.whatsapp.answers = [OutsideWindow("63016")]
    await begun(world)
    assert stuck(world) == [("waiting", "outside_window", 0)]
    await world.turns.handle(world.incoming("ana", "34", channel="whatsapp"))
    await world.deliveries.run_due()
    assert len(world.whatsapp.sent) == 2


async def test_what_waits_goes_with_the_person(world):
    await begun(world)
    await reminded(world)
    for text in ("borrar mis datos", "sí"):
        await world.turns.handle(world.incoming("ana", text, channel="whatsapp"))
    assert world.one("SELECT count(*) FROM contact") == 0
    assert world.rows("SELECT count(*) FROM outbox WHERE status = 'waiting'") == [(0,)]


async def test_a_late_event_does_not_turn_the_window_back(world):
    await begun(world)
    heard = world.one("SELECT heard_at FROM address")
    old = world.clock.now() - timedelta(hours=30)
    await world.turns.handle(world.incoming("ana", "34", channel="whatsapp", at=old))
    assert world.one("SELECT heard_at FROM address") == heard


def test_what_waits_keeps_its_text_when_a_flow_ends_without_a_trace(database):
    """It belongs to nobody from then on, and is emptied when it was sent."""
    rows = [(number, 7, 1, 2, "whatsapp", 1, 0, b"sealed", 0, 0, "", "") for number in (1, 2)]

    def work(tx):
        outbox.queue(tx, rows)
        claimed = outbox.claim(tx, now=1, until=9, limit=2)
        outbox.wait(tx, claimed[0].id)
        outbox.sent(tx, claimed[1].id, at=2, provider_id="p")
        outbox.cut_off(tx, 1, 2)
        return tx.all(Statement("SELECT status, lane, contact_id, payload IS NOT NULL FROM outbox ORDER BY id"))

    assert database.transaction_now(work) == [("waiting", 7, None, True), ("sent", 0, None, False)]
