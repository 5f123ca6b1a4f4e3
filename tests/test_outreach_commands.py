"""`minga campaign`, `links`, `telegram set-webhook` and what `doctor` asks of providers, as an official types them."""

import asyncio
import io

import pytest
from aiohttp import web
from pypdf import PdfReader

from bot.assembly import open_house
from bot.cli import run
from bot.cli.terminal import Terminal
from bot.providers import me_of
from bot.settings import read
from storage import facts
from storage.statements import Statement
from tests.peers.bot_api import TOKEN, BotApi, Fail
from tests.peers.twilio_api import SID, Failure, TwilioPeer
from tests.peers.twilio_api import TOKEN as AUTH
from tests.world import languages

FLOW = "ciudades_abiertas"
SECRET = "a secret that is long enough for a test of the terminal"


@pytest.fixture
def house(database_url, tmp_path, monkeypatch):
    """A town hall that has all set up: `minga(*words)` returns exit code and what was told."""
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "DATABASE_URL": database_url,
        "DATA": str(tmp_path / "data"),
        "SECRET_KEY": SECRET,
        "MUNICIPALITY": "Puyo",
        "TELEGRAM_TOKEN": TOKEN,
        "TWILIO_ACCOUNT_SID": SID,
        "TWILIO_AUTH_TOKEN": AUTH,
        "TWILIO_WHATSAPP_FROM": "+593991112233",
        "TWILIO_SMS_FROM": "2020",
    }.items():
        monkeypatch.setenv(f"MINGA_{name}", value)
    return monkeypatch


def minga(*words):
    out, err = io.StringIO(), io.StringIO()
    code = run([str(word) for word in words], Terminal(languages()["es"], out, err))
    return code, out.getvalue() + err.getvalue()


def people(*agreed):
    """Contacts who have that number on WhatsApp, and the bot's name."""

    def work(tx, vault, make):
        for number in agreed:
            from bot.vocabulary import Address

            contact, address = make(), Address("whatsapp", number, "+593991112233")
            insert = "INSERT INTO contact (id, language, test, clock_offset, lobby, created_at) VALUES (?, 'es', ?, 0, '{}', 1)"
            tx.run(Statement(insert), (contact, False))
            tx.run(
                Statement(
                    "INSERT INTO address (id, contact_id, channel, account, find_key, identity, created_at)"
                    " VALUES (?, ?, ?, ?, ?, ?, 1)"
                ),
                (make(), contact, address.channel, address.account, vault.find_key(address), vault.seal_identity(number)),
            )
            tx.run(
                Statement(
                    "INSERT INTO consent (id, contact_id, name, version, language, purpose, days, given, at)"
                    " VALUES (?, ?, 'follow_up', '1', 'es', 'follow_up', 365, ?, 1)"
                ),
                (make(), contact, True),
            )
        facts.keep(tx, me_of(TOKEN.partition(":")[0]), "MingaPuyoBot", 1)

    with open_house(read()) as opened:
        opened.database.transaction_now(lambda tx: work(tx, opened.vault, opened.database.identifiers.next))


def rows(sql):
    with open_house(read()) as opened:
        return opened.database.transaction_now(lambda tx: tx.all(Statement(sql)))


# ── campaigns ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_campaign_from_rehearsal_to_the_end(house):
    people("+593991000001", "+593991000002")
    assert minga("flow", "open", FLOW)[0] == 0
    code, told = minga("campaign", FLOW, "--to", "all", "--dry-run")
    assert code == 0
    assert "recibirían la invitación: 2" in told
    assert "2  por whatsapp (unidades que cobra el proveedor: 2)" in told
    assert "Puyo te invita a participar: Construyendo ciudades más abiertas" in told
    assert "no se ha enviado nada" in told
    assert rows("SELECT id FROM campaign") == []
    code, told = minga("campaign", FLOW, "--to", "all")
    assert code == 0 and "en cola" in told
    assert (
        rows("SELECT channel, priority, sender, flow, status FROM outbox")
        == [("whatsapp", 2, "whatsapp/+593991112233", FLOW, "queued")] * 2
    )
    assert "2  en cola" in minga("campaign", FLOW)[1]
    assert "2 invitaciones esperan" in minga("campaign", FLOW, "--pause")[1]
    code, told = minga("campaign", FLOW)
    assert "detenida" in told and "2  detenidas" in told
    code, told = minga("campaign", FLOW, "--to", "all")
    assert code == 2 and "--resume" in told
    assert "su campaña está detenida" in minga("outbox", "list")[1]
    assert "2 invitaciones vuelven" in minga("campaign", FLOW, "--resume")[1]
    rows("UPDATE outbox SET status = 'sent', units = 1, price = 5000, currency = 'USD' RETURNING id")
    assert "unidades del proveedor: 2; costo conocido: 0.01 USD" in minga("campaign", FLOW)[1]
    code, told = minga("campaign", FLOW, "--resume")
    assert code == 2 and "detenida" in told


def test_a_list_of_addresses(house, tmp_path):
    people("+593991000001", "+593991000002")
    minga("flow", "open", FLOW)
    file = tmp_path / "lista.txt"
    file.write_text("\ufeff# del taller\n+593 99 100-0002\nwhatsapp:+593991000002\nsms:+593990000000\n\n", encoding="utf-8")
    code, told = minga("campaign", FLOW, "--to", file)
    assert code == 0
    assert "1 dirección del archivo no es de nadie" in told
    assert "recibirían la invitación: 1" in told
    assert len(rows("SELECT id FROM outbox")) == 1


@pytest.mark.parametrize("line", ["0991000002", "correo:ana@puyo.ec", "telegram:", "+12", "whatsapp:099"])
def test_a_line_that_is_no_address_is_named(house, tmp_path, line):
    minga("flow", "open", FLOW)
    file = tmp_path / "lista.txt"
    file.write_text(f"+593991000002\n{line}\n", encoding="utf-8")
    code, told = minga("campaign", FLOW, "--to", file)
    assert code == 2
    assert f"{file}, línea 2" in told


def test_what_cannot_be_begun_is_refused_with_the_remedy(house, tmp_path, monkeypatch):
    for words, said in {
        ("campaign", "nada", "--to", "all"): "minga flow open nada",
        ("campaign", FLOW): "No hay campañas",
        ("campaign", FLOW, "--pause"): "No hay campañas",
        ("campaign", FLOW, "--resume", "--pause"): "una sola",
        ("campaign", FLOW, "--dry-run"): "una sola",
        ("links", "nada"): "minga flow open nada",
    }.items():
        code, told = minga(*words)
        assert (code, said in told) == (2, True), told
    people("+593991000001")
    minga("flow", "open", FLOW)
    code, told = minga("campaign", FLOW, "--to", tmp_path / "no_hay")
    assert code == 2 and "no_hay" in told
    binary = tmp_path / "binario"
    binary.write_bytes(b"\xff\xfe\x00")
    code, told = minga("campaign", FLOW, "--to", binary)
    assert code == 2 and "UTF-8" in told
    empty = tmp_path / "vacía.txt"
    empty.write_text("", encoding="utf-8")
    code, told = minga("campaign", FLOW, "--to", empty)
    assert code == 2 and "no llegaría a nadie" in told
    minga("campaign", FLOW, "--to", "all")
    minga("campaign", FLOW, "--pause")
    code, told = minga("campaign", FLOW, "--pause")
    assert code == 2 and "en marcha" in told
    minga("flow", "close", FLOW)
    code, told = minga("campaign", FLOW, "--resume")
    assert code == 2 and "no está abierto" in told


def test_a_flow_without_a_word_invites_nobody(house, tmp_path):
    flows = tmp_path / "data" / "flows"
    flows.mkdir(parents=True)
    text = "flow: muda\nkind: survey\ntitle: Muda\nlanguages: [es]\nsurvey:\n  - {type: text, name: a, label: ¿Qué?}\n"
    (flows / "muda.yaml").write_text(text, encoding="utf-8")
    assert minga("flow", "open", "muda")[0] == 0
    code, told = minga("campaign", "muda", "--to", "all")
    assert code == 2 and "palabra" in told


# ── links ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_links_and_a_poster_for_each_place(house, tmp_path):
    people()
    minga("flow", "open", FLOW)
    code, told = minga("links", FLOW, "--poster", tmp_path / "afiche.pdf")
    assert code == 0
    for line in (
        "https://t.me/MingaPuyoBot?start=puyo",
        "https://wa.me/593991112233?text=ciudades%20puyo",
        "SMS: envía «ciudades puyo» al 2020",
        "https://t.me/MingaPuyoBot?start=ciudades_abiertas",
    ):
        assert line in told
    assert "(4 páginas)" in told
    assert len(PdfReader(tmp_path / "afiche.pdf").pages) == 4
    _, told = minga("links", FLOW, "--place", "puyo", "--poster", tmp_path / "uno.pdf")
    assert len(PdfReader(tmp_path / "uno.pdf").pages) == 1
    assert "ibarra" not in told


def test_links_that_cannot_be_told(house, tmp_path):
    minga("flow", "open", FLOW)
    code, told = minga("links", FLOW)
    assert code == 0 and "minga serve" in told and "t.me" not in told
    code, told = minga("links", FLOW, "--place", "quito")
    assert code == 2 and "guayaquil, ibarra, puyo, riobamba" in told
    code, told = minga("links", FLOW, "--poster", tmp_path / "no" / "hay.pdf")
    assert code == 2 and "hay.pdf" in told
    for name in ("TELEGRAM_TOKEN", "TWILIO_AUTH_TOKEN"):
        house.delenv(f"MINGA_{name}")
    code, told = minga("links", FLOW)
    assert code == 2 and "MINGA_TELEGRAM_TOKEN" in told


# ── the webhook, and the doctor ──────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
async def telegram(house):
    async with BotApi() as api:
        house.setenv("MINGA_TELEGRAM_API_URL", api.url)
        yield api
        assert api.refused == []


@pytest.fixture
async def twilio(house):
    peer = await TwilioPeer().start()
    house.setenv("MINGA_TWILIO_API_URL", peer.url)
    yield peer
    await peer.stop()


async def said(*words):
    return await asyncio.to_thread(minga, *words)


async def test_the_webhook_is_set_and_the_doctor_sees_it(house, telegram, twilio):
    house.setenv("MINGA_PUBLIC_URL", "https://minga.example")
    code, told = await said("doctor")
    assert code == 1 and "minga telegram set-webhook" in told
    code, told = await said("telegram", "set-webhook")
    assert (code, telegram.webhook["url"]) == (0, "https://minga.example/webhooks/telegram")
    assert telegram.webhook["secret_token"]
    code, told = await said("doctor")
    assert "entrega los mensajes en https://minga.example/webhooks/telegram (0 esperan)" in told
    assert "el bot es @minga_bot" in told


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"TELEGRAM_TOKEN": ""}, "BotFather"),
        ({"PUBLIC_URL": ""}, "https://"),
        ({"PUBLIC_URL": "http://minga.example"}, "https"),
        ({"TELEGRAM_MODE": "polling"}, "MINGA_TELEGRAM_MODE"),
        ({"TELEGRAM_TOKEN": "1:wrong"}, "no acepta"),
        ({"TELEGRAM_API_URL": "http://127.0.0.1:9"}, "NotSentError|no lo ha hecho"),
    ],
)
async def test_a_webhook_that_cannot_be_set(house, telegram, variables, words):
    for name, value in {"PUBLIC_URL": "https://minga.example", **variables}.items():
        house.setenv(f"MINGA_{name}", value)
    code, told = await said("telegram", "set-webhook")
    assert code == 2
    assert any(word in told for word in words.split("|"))
    assert telegram.webhook == {}
    telegram.refused.clear()


def whatsapp_sender(url, status="ONLINE", method="POST", **more):
    return {
        "sid": "XE" + "1" * 32, "sender_id": "whatsapp:+593221234567", "status": status, "offline_reasons": [],
        "webhook": {"callback_url": url, "callback_method": method, "status_callback_url": None}, **more,
    }  # fmt: skip


async def test_the_doctor_finds_all_well(house, telegram, twilio):
    async def alive(_):
        return web.Response(text="ok\n")

    runner = web.AppRunner(web.Application())
    runner.app.router.add_get("/healthz", alive)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    twilio.contents["HX" + "1" * 32] = {"sid": "HX" + "1" * 32, "account_sid": SID}
    twilio.approved.add("HX" + "1" * 32)
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    twilio.about["+15005550006"] = {"sms_url": f"{url}/webhooks/twilio#rc=3&rp=all"}
    twilio.senders["XE1"] = whatsapp_sender(f"{url}/webhooks/twilio")
    for name, value in {
        "PUBLIC_URL": url,
        "TELEGRAM_MODE": "polling",
        "TWILIO_SMS_FROM": "+15005550006",
        "TWILIO_WHATSAPP_FROM": "+593221234567",
        "WHATSAPP_TEMPLATE": "HX" + "1" * 32,
    }.items():
        house.setenv(f"MINGA_{name}", value)
    code, told = await said("doctor")
    assert code == 0, told
    for line in (
        f"La dirección pública {url} llega a Minga",
        "Minga recoge los mensajes (0 esperan)",
        "«Municipio» está activa",
        "+15005550006 es de esta cuenta",
        "los SMS a +15005550006 llegan a Minga",
        "WhatsApp: +593221234567 está en línea",
        "los mensajes a +593221234567 llegan a Minga",
        "está aprobada",
    ):
        assert line in told
    await runner.cleanup()


async def test_the_doctor_finds_what_is_wrong(house, telegram, twilio):
    house.setenv("MINGA_TWILIO_SMS_FROM", "+593222222222")
    house.setenv("MINGA_WHATSAPP_TEMPLATE", "HX" + "1" * 32)
    telegram.webhook = {"url": "https://other.example/hook"}
    code, told = await said("doctor")
    assert code == 1
    assert "https://other.example/hook" in told
    assert "+593222222222 de MINGA_TWILIO_SMS_FROM no es de esta cuenta" in told
    assert "no existe en esta cuenta" in told
    twilio.contents["HX" + "1" * 32] = {"sid": "HX" + "1" * 32, "account_sid": SID}
    assert "no está aprobada todavía (unsubmitted)" in (await said("doctor"))[1]
    house.setenv("MINGA_TELEGRAM_MODE", "polling")
    assert "al empezar, Minga lo deshace" in (await said("doctor"))[1]
    house.setenv("MINGA_TELEGRAM_TOKEN", "1:wrong")
    house.setenv("MINGA_TWILIO_AUTH_TOKEN", "wrong")
    code, told = await said("doctor")
    assert code == 1
    assert "Telegram no acepta" in told
    assert "Twilio no acepta" in told
    telegram.refused.clear()


async def test_a_provider_that_is_down_is_no_fault_of_the_house(house, telegram, twilio):
    telegram.fail("getMe", Fail("html", status=502))
    twilio.fail("/Accounts/", Failure(status=503))
    house.setenv("MINGA_WHATSAPP_TEMPLATE", "HX" + "1" * 32)
    _, told = await said("doctor")
    assert "Telegram no respondió (FailedError)" in told
    assert "Twilio no respondió" in told
    assert AUTH not in told and TOKEN not in told


async def test_an_account_that_is_closed_or_on_trial(house, telegram, twilio):
    body = '{"sid": "%s", "status": "suspended", "type": "Full", "friendly_name": "Municipio"}'
    twilio.fail("/Accounts/", Failure(status=200, body=body % SID))
    assert "suspendida o cerrada" in (await said("doctor"))[1]
    body = '{"sid": "%s", "status": "active", "type": "Trial", "friendly_name": "Municipio"}'
    twilio.fail("/Accounts/", Failure(status=200, body=body % SID))
    told = (await said("doctor"))[1]
    assert "de prueba" in told
    assert "MINGA_WHATSAPP_TEMPLATE" in told


HOOK = "https://minga.example/webhooks/twilio"


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ({}, "los SMS a +15005550006 van a https://demo.twilio.com/welcome/sms/reply/"),
        ({"sms_url": ""}, "los SMS a +15005550006 van a —"),
        ({"sms_url": HOOK, "sms_method": "GET"}, f"van a GET {HOOK}"),
        ({"sms_url": HOOK + "/"}, f"van a {HOOK}/"),
        ({"sms_url": HOOK}, "los SMS a +15005550006 llegan a Minga"),
        ({"capabilities": {"voice": True, "sms": False}}, "+15005550006 no puede con SMS"),
        ({"sms_application_sid": "AP1"}, "+15005550006 es de esta cuenta"),
    ],
)
async def test_a_number_for_sms_as_twilio_has_it(house, telegram, twilio, about, words):
    house.setenv("MINGA_PUBLIC_URL", "https://minga.example")
    house.setenv("MINGA_TWILIO_SMS_FROM", "+15005550006")
    twilio.about["+15005550006"] = about
    told = (await said("doctor"))[1]
    assert words in told
    if " van a " in words:
        assert f"{HOOK}#rc=3&rp=all" in told.partition(" van a ")[2].partition("\n")[0]
    assert ("sms_application_sid" not in about) or " van a " not in told


@pytest.mark.parametrize(
    ("service", "words"),
    [
        ({"inbound_request_url": HOOK, "use_inbound_webhook_on_number": False}, "llegan a Minga"),
        ({"inbound_request_url": "https://x.example", "use_inbound_webhook_on_number": False}, "van a https://x.example"),
        ({"inbound_request_url": HOOK, "use_inbound_webhook_on_number": True}, "van a https://demo.twilio.com"),
        (None, "van a https://demo.twilio.com"),
    ],
)
async def test_a_messaging_service_decides_where_sms_go(house, telegram, twilio, service, words):
    house.setenv("MINGA_PUBLIC_URL", "https://minga.example")
    house.setenv("MINGA_TWILIO_SMS_FROM", "+15005550006")
    house.setenv("MINGA_TWILIO_MESSAGING_SERVICE_SID", "MG" + "1" * 32)
    if service is not None:
        twilio.services["MG" + "1" * 32] = {"sid": "MG" + "1" * 32, "inbound_method": "POST", **service}
    assert words in (await said("doctor"))[1]


@pytest.mark.parametrize(
    ("sender", "words"),
    [
        (None, "+593221234567 no es un remitente de WhatsApp de esta cuenta"),
        (whatsapp_sender(HOOK), "los mensajes a +593221234567 llegan a Minga"),
        (whatsapp_sender(HOOK, "ONLINE:UPDATING"), "los mensajes a +593221234567 llegan a Minga"),
        (whatsapp_sender("https://x.example"), "los mensajes a +593221234567 van a https://x.example"),
        (whatsapp_sender(None), "los mensajes a +593221234567 van a —"),
        (whatsapp_sender(HOOK, webhook=None), "los mensajes a +593221234567 van a —"),
        (whatsapp_sender(HOOK, "PENDING_VERIFICATION"), "no está en línea (PENDING_VERIFICATION)"),
        (
            whatsapp_sender(HOOK, "OFFLINE", offline_reasons=[{"code": "63020", "message": "Not accepted"}]),
            "no está en línea (OFFLINE: Not accepted)",
        ),
    ],
)
async def test_a_sender_of_whatsapp_as_twilio_has_it(house, telegram, twilio, sender, words):
    house.setenv("MINGA_PUBLIC_URL", "https://minga.example")
    house.setenv("MINGA_TWILIO_WHATSAPP_FROM", "+593221234567")
    if sender is not None:
        twilio.senders["XE1"] = sender
    assert words in (await said("doctor"))[1]


async def test_what_cannot_be_learnt_of_a_sender_of_whatsapp_is_said(house, telegram, twilio):
    house.setenv("MINGA_TWILIO_WHATSAPP_FROM", "+593221234567")
    twilio.fail("/Channels/Senders", Failure(status=404, code=20404))
    assert "no se pudo saber cómo está +593221234567 (20404)" in (await said("doctor"))[1]
    house.setenv("MINGA_TWILIO_WHATSAPP_FROM", "+14155238886")
    assert "+14155238886 es el número de pruebas de Twilio" in (await said("doctor"))[1]


async def test_senders_that_reach_nobody(house, telegram, twilio):
    house.setenv("MINGA_TWILIO_WHATSAPP_FROM", "")
    house.setenv("MINGA_TWILIO_SMS_FROM", "")
    assert "ponga MINGA_TWILIO_WHATSAPP_FROM o MINGA_TWILIO_SMS_FROM" in (await said("doctor"))[1]
    house.setenv("MINGA_TWILIO_SMS_FROM", "Municipio")
    house.setenv("MINGA_SMS_TWO_WAY", "false")
    house.setenv("MINGA_TELEGRAM_TOKEN", "")
    assert "no hay otro canal al que invitar" in (await said("doctor"))[1]
