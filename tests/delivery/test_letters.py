"""Messages that did not go: what staff see on the terminal, sending again, and what it all cost."""

import io
from datetime import timedelta

import pytest

from bot.channels.channel import Bill, FateUnknown, Never, OutsideWindow, PersonStopped, RetryLater
from bot.cli import run
from bot.cli.terminal import Terminal
from bot.clock import milliseconds
from bot.delivery import Patience, Pricing
from bot.vocabulary import Start
from storage import costs, letters
from tests.world import SURVEY, World, languages


@pytest.fixture
def world(database_url):
    world = World(database_url, SURVEY, patience=Patience(tries=1))
    yield world
    world.close()


def now(world):
    return milliseconds(world.clock.now())


async def failing(world, *errors, channel="telegram"):
    provider = getattr(world, channel, world.provider)
    provider.answers = list(errors)
    for number, _ in enumerate(errors):
        await world.turns.handle(world.incoming(f"p{number}", Start("encuesta"), channel=channel))
        await world.deliveries.run_due()


def listed(world):
    found = world.database.read_now(lambda connection: letters.listed(connection, 100))
    return [(letter.status, letter.error, letter.flow, letter.kept) for letter in reversed(found)]


async def test_staff_see_what_failed_and_why(world):
    await failing(world, RetryLater("busy"), Never("bad_text"), "ok", FateUnknown("504"), OutsideWindow("63016"))
    assert listed(world) == [
        ("dead", "busy", "encuesta", True),
        ("failed", "bad_text", "encuesta", True),
        ("failed", "fate_unknown 504", "encuesta", True),
        ("waiting", "outside_window", "encuesta", True),
    ]
    assert world.database.read_now(letters.counted) == {"dead": 1, "failed": 2, "waiting": 1}


async def test_all_is_what_surely_did_not_arrive(world):
    await failing(world, RetryLater("busy"), Never("bad_text"), FateUnknown("504"), PersonStopped("403"), OutsideWindow())
    assert world.database.transaction_now(lambda tx: letters.resend_all(tx, now(world))) == 2
    await world.deliveries.run_due()
    assert [o.address.identifier for o in world.provider.sent] == ["p0", "p1"]
    assert world.rows("SELECT attempts FROM outbox WHERE status = 'sent'") == [(1,)] * 2, "its tries are counted anew"


async def test_one_by_its_number_also_when_its_fate_is_unknown(world):
    await failing(world, FateUnknown("504"))
    identifier = world.one("SELECT id FROM outbox")
    assert world.database.transaction_now(lambda tx: letters.resend(tx, identifier, now(world)))
    await world.deliveries.run_due()
    assert len(world.provider.sent) == 1
    assert not world.database.transaction_now(lambda tx: letters.resend(tx, identifier, now(world))), "it went"


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (PersonStopped("403"), "person_stopped"),
        (OutsideWindow(), "waiting"),
        ("ok", "went"),
    ],
)
async def test_why_a_message_cannot_be_sent_again(world, error, why):
    await failing(world, error)
    identifier = world.one("SELECT id FROM outbox")
    assert not world.database.transaction_now(lambda tx: letters.resend(tx, identifier, now(world)))
    assert world.database.transaction_now(lambda tx: letters.why_not(tx, identifier)) == why


async def test_nothing_goes_to_whoever_said_stop_since(world):
    await failing(world, RetryLater("busy"))
    await world.turns.handle(world.incoming("p0", "alto"))
    identifier = world.one("SELECT id FROM outbox WHERE status = 'dead'")
    assert world.database.transaction_now(lambda tx: letters.resend_all(tx, now(world))) == 0
    assert world.database.transaction_now(lambda tx: letters.why_not(tx, identifier)) == "person_stopped"


# ── costs ────────────────────────────────────────────────────────────────────────────────────────────────────────────


class Bills:
    def __init__(self, **bills):
        self.bills, self.asked = bills, []

    async def __call__(self, provider_id):
        self.asked.append(provider_id)
        found = self.bills.get(provider_id, Bill(None))
        if isinstance(found, Exception):
            raise found
        return found


@pytest.fixture
def paying(database_url):
    world = World(database_url, SURVEY, held=("sms", "whatsapp", "telegram"))
    yield world
    world.close()


def told(world, since=0):
    return world.database.read_now(lambda connection: costs.costs(connection, since))


async def sms(world, *people):
    for person in people:
        await world.turns.handle(world.incoming(person, Start("encuesta"), channel="sms"))
        await world.deliveries.run_due()
        world.clock.move(timedelta(seconds=2))


async def test_prices_are_asked_when_providers_know_them_and_once(paying):
    world = paying
    await sms(world, "ana", "eva", "luz")
    world.sms.bill = Bills(p1=Bill(0.0075, "USD", 2), p2=Bill(0.01, "USD", 1), p3=Bill(None))
    pricing = Pricing(world.database, {"sms": world.sms, "telegram": world.provider})
    at = world.clock.now()
    await pricing.ask(at)
    real = world.rows("SELECT min(id) >> 22 FROM outbox")[0][0]  # ids bear the real time, not the town's
    from bot.clock import moment

    at = moment(real, None) + timedelta(minutes=5)
    await pricing.ask(at)
    assert world.sms.bill.asked == [], "just sent: nobody knows it yet"
    await pricing.ask(at + timedelta(hours=1))
    assert sorted(world.sms.bill.asked) == ["p1", "p2", "p3"]
    await pricing.ask(at + timedelta(hours=25))
    assert sorted(world.sms.bill.asked) == ["p1", "p2", "p3", "p3"], "only what is not known yet"
    assert told(world) == [
        ("sms", "encuesta", "", 1, 1, 0, 1),
        ("sms", "encuesta", "USD", 2, 3, 17_500, 0),
    ]


async def test_a_provider_that_does_not_answer_is_left_alone(paying):
    world = paying
    await sms(world, *[f"p{number}" for number in range(20)])
    world.sms.bill = Bills(**{f"p{number}": RetryLater("503") for number in range(1, 21)})
    from bot.clock import moment

    real = world.rows("SELECT max(id) >> 22 FROM outbox")[0][0]
    await Pricing(world.database, {"sms": world.sms}).ask(moment(real, None) + timedelta(hours=1))
    assert len(world.sms.bill.asked) == 16


async def test_what_is_free_is_counted_without_units(paying):
    await paying.turns.handle(paying.incoming("ana", Start("encuesta")))
    await paying.deliveries.run_due()
    assert told(paying) == [("telegram", "encuesta", "", 1, 0, 0, 0)]
    assert told(paying, since=1 << 50) == []


async def test_erasing_a_person_leaves_the_costs(paying):
    await sms(paying, "ana")
    for text in ("borrar mis datos", "sí"):
        await paying.turns.handle(paying.incoming("ana", text, channel="sms"))
    assert paying.one("SELECT count(*) FROM contact") == 0
    assert ("sms", "encuesta") in [(cost.channel, cost.flow) for cost in told(paying) if cost.units]


# ── the terminal ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def terminal(world, database_url, tmp_path, monkeypatch):
    """Runs a command over the town's database and returns its exit code and what it told."""
    monkeypatch.setenv("MINGA_DATABASE_URL", database_url)
    monkeypatch.setenv("MINGA_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MINGA_SECRET_KEY", "a secret that is long enough for a test of the terminal")

    def command(*words):
        out, err = io.StringIO(), io.StringIO()
        code = run(words, Terminal(languages()["es"], out, err))
        return code, out.getvalue() + err.getvalue()

    return command


async def test_the_commands_tell_and_do(world, terminal):
    assert terminal("outbox", "list") == (0, "No hay mensajes detenidos: todo salió o está por salir.\n")
    await failing(world, RetryLater("busy"), OutsideWindow(), FateUnknown("504"))
    code, told = terminal("outbox", "list")
    assert code == 0
    assert "se dejó de intentar: el proveedor dice busy" in told
    assert "espera: la persona escribió hace más de 24 horas" in told
    assert "quizás llegó; revíselo antes de enviarlo de nuevo (504)" in told
    assert "minga outbox resend" in told
    assert terminal("outbox", "list", "--limit", "1")[1].count("encuesta") == 1
    waiting = world.one("SELECT id FROM outbox WHERE status = 'waiting'")
    code, told = terminal("outbox", "resend", str(waiting))
    assert code == 2 and "espera a que la persona escriba" in told
    assert terminal("outbox", "resend", "all") == (0, "Sale de nuevo 1 mensaje.\n")
    unknown = world.one("SELECT id FROM outbox WHERE status = 'failed'")
    assert terminal("outbox", "resend", str(unknown)) == (0, f"El mensaje {unknown} sale de nuevo.\n")
    world.clock.move(timedelta(days=3650))  # the command goes by the real clock
    await world.deliveries.run_due()
    assert len(world.provider.sent) == 2


@pytest.mark.parametrize("which", ["x", "-1", "1.5", "9" * 30, "²"])
def test_what_is_no_number_is_refused(terminal, which):
    code, told = terminal("outbox", "resend", "--", which)
    assert code == 2 and "no es un número de mensaje" in told


def test_a_number_that_nobody_knows(terminal):
    code, told = terminal("outbox", "resend", "12345")
    assert code == 2 and "No hay un mensaje 12345" in told


async def test_costs_are_told_by_channel_and_flow(world, terminal):
    assert terminal("costs") == (0, "En ese tiempo no se envió ningún mensaje.\n")
    await failing(world, "t1")
    code, told = terminal("costs")
    assert code == 0 and [line.split() for line in told.splitlines()] == [
        ["canal", "flujo", "mensajes", "unidades", "precio"],
        ["telegram", "encuesta", "1", "0", "—"],
    ]
    identifier = world.one("SELECT id FROM outbox")
    world.database.transaction_now(lambda tx: costs.price(tx, identifier, price=0.0123, currency="USD", units=2))
    assert "0.0123 USD" in terminal("costs", "--since", "2020-01-01")[1]
    assert terminal("costs", "--since", "ayer")[0] == 2


def test_every_reason_that_has_a_text_has_it_in_both_languages():
    from bot.cli.letters import _REASONS

    assert len(_REASONS) > 5
    for language in languages().values():
        for reason in _REASONS:
            assert language.texts[f"outbox.reason.{reason}"]
