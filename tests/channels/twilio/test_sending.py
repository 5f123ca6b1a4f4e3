"""Sending, by the real client over a real socket, to a strict server that can fail."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.channels.abilities import SMS, WHATSAPP
from bot.channels.channel import (
    Bill,
    FateUnknown,
    Never,
    OutsideWindow,
    PersonStopped,
    PersonUnreachable,
    RetryAfter,
    RetryLater,
)
from bot.channels.rendering import render
from bot.channels.twilio import Account, SmsChannel, TwilioApi, WhatsAppChannel
from bot.channels.twilio.account import Message
from bot.channels.twilio.codes import meaning
from bot.channels.twilio.contents import ForgetfulContents, fill
from bot.channels.twilio.presses import read_press
from bot.channels.twilio.transport import Transport
from bot.vocabulary import Address, Option, Outgoing, Press, Say
from tests.channels.twilio.conftest import now
from tests.peers.twilio_api import SID, TOKEN, Failure

ANA = Address("sms", "+593991234567", "+15005550006")
ROSA = Address("whatsapp", "+593991234567", "+14155238886")
SCOPED = Address("whatsapp", "EC.13491208655302741918", "+14155238886")
LONG = "Agua potable para todos los barrios"


def ask(*labels, address=ROSA, text="¿Qué obra?", language="es", **more):
    able = WHATSAPP if address.channel == "whatsapp" else SMS
    choices = tuple(Option(f"o{n}", label) for n, label in enumerate(labels, 1))
    return render(Say(text, "prompt", "obra", choices, prompt=7, language=language, **more), address, able)


# ── SMS ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_sms_is_numbered_text_in_gsm_7(sms, peer):
    sent = await sms.send(ask("Sí", "No sé", address=ANA, text="¿Está de acuerdo? Aquí está: ñandú, café…"))
    [message] = peer.messages
    assert message["body"] == "¿Está de acuerdo? Aquí está: ñandú, café…\n1. Sí\n2. No sé".translate(
        str.maketrans("áíú", "aiu", "")
    ).replace("…", "...")
    assert (message["to"], message["from"]) == ("+593991234567", "+15005550006")
    assert message["callback"].startswith("https://minga.example.ec/")
    assert (sent.provider_id, sent.units) == (message["sid"], 1)


async def test_sms_go_through_the_messaging_service_where_there_is_one_and_whatsapp_does_not(peer):
    service = "MG" + "0" * 32
    api = TwilioApi(Account(SID, TOKEN, api_url=peer.url, messaging_service=service), Transport(peer.url, connect=0.5, total=1.0))
    await SmsChannel(api).send(ask(address=ANA, text="hola"))
    await WhatsAppChannel(api).send(ask(text="hola"))
    await api.close()
    assert [(message["service"], message["from"]) for message in peer.messages] == [
        (service, ANA.account),
        ("", f"whatsapp:{ROSA.account}"),
    ]


async def test_letters_are_replaced_only_in_the_languages_that_were_named(sms, peer):
    sent = await sms.send(ask(address=ANA, text="á" * 71, language="qu"))
    assert peer.messages[0]["body"] == "á" * 71
    assert sent.units == 2


async def test_twilios_count_of_segments_is_kept_where_it_has_one(sms, peer):
    peer.segments = "3"
    assert (await sms.send(ask(address=ANA, text="Hola"))).units == 3


async def test_a_text_over_the_limit_goes_in_pieces_between_words(sms, peer):
    text = " ".join(f"palabra{n}" for n in range(300))
    sent = await sms.send(Outgoing(ANA, text, "x", 0, "none"))
    bodies = [message["body"] for message in peer.messages]
    assert len(bodies) > 1
    assert all(len(body) <= 1600 for body in bodies)
    assert " ".join(bodies).split() == text.split()
    assert sent.provider_id == peer.messages[-1]["sid"]


async def test_attachments_of_an_sms_are_links_below_the_text(api, peer):
    channel = SmsChannel(api, publish=lambda name: f"https://minga.example.ec/archivos/{name}")
    await channel.send(Outgoing(ANA, "Mira el mapa.", "mapa", 0, "none", media={"image": "mapa.png"}))
    assert peer.messages[0]["body"] == "Mira el mapa.\nhttps://minga.example.ec/archivos/mapa.png"


async def test_a_number_that_nobody_can_answer_invites_instead_of_asking(api, peer):
    words = {"es": "Responde por WhatsApp:", "en": "Answer on WhatsApp:"}
    link = "https://wa.me/14155238886?text=puyo"
    channel = SmsChannel(api, one_way=["+15005550006"], invitation=lambda language: (words[language], link))
    assert channel.abilities(ANA).two_way is False
    assert channel.abilities(replace(ANA, account="2020")).two_way is True
    await channel.send(ask("Sí", "No", address=ANA))
    await channel.send(Outgoing(ANA, "La consulta termina el viernes.", "aviso", 0, "none", language="es"))
    assert [message["body"] for message in peer.messages] == [f"{words['es']} {link}", "La consulta termina el viernes."]


async def test_nothing_to_say_is_never_sent(sms, whatsapp, peer):
    for channel, address in ((sms, ANA), (whatsapp, ROSA)):
        with pytest.raises(Never):
            await channel.send(Outgoing(address, " ", "x", 0, "none"))
    assert peer.requests == []


# ── WhatsApp ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_up_to_three_short_options_are_buttons(whatsapp, peer):
    await whatsapp.send(ask("Agua", "Vías", "Otra"))
    shown = peer.messages[0]["shown"]
    assert shown["kind"] == "twilio/quick-reply"
    assert shown["body"] == "¿Qué obra?"
    assert [action["title"] for action in shown["actions"]] == ["Agua", "Vías", "Otra"]
    assert [read_press(action["id"]) for action in shown["actions"]] == [Press(7, f"o{n}") for n in (1, 2, 3)]


async def test_up_to_ten_options_are_a_list_and_no_label_is_lost(whatsapp, peer):
    labels = [LONG, "Vías", *(f"Obra {n}" for n in range(8))]
    await whatsapp.send(ask(*labels, language="en"))
    shown = peer.messages[0]["shown"]
    assert shown["kind"] == "twilio/list-picker"
    assert shown["button"] == "See options"
    assert [row.get("description", row["item"]) for row in shown["items"]] == labels
    assert "description" not in shown["items"][1]


async def test_more_options_and_long_bodies_are_numbered_text(whatsapp, peer):
    await whatsapp.send(ask(*(f"Obra {n}" for n in range(11))))
    await whatsapp.send(ask("Sí", "No", text="a" * 1025))
    assert [message["content_sid"] for message in peer.messages] == [None, None]
    assert peer.messages[0]["body"].endswith("11. Obra 10")
    assert peer.messages[1]["body"].endswith("1. Sí\n2. No")


async def test_a_template_is_made_once_for_a_shape_even_by_many_at_once(whatsapp, peer):
    await asyncio.gather(*(whatsapp.send(ask("Sí", "No", text=f"¿Pregunta {n}?")) for n in range(20)))
    await whatsapp.send(ask("Yes", "No", text="Question?", language="en"))
    assert len(peer.contents) == 1
    assert len({message["content_sid"] for message in peer.messages}) == 1
    assert len(peer.messages) == 21


async def test_templates_outlive_the_process(api, peer):
    kept = ForgetfulContents()
    await WhatsAppChannel(api, kept).send(ask("Sí", "No"))
    await WhatsAppChannel(api, kept).send(ask("Sí", "No"))
    assert len(peer.contents) == 1


async def test_where_no_template_can_be_made_the_text_is_numbered_for_ten_minutes(api, peer):
    time = [0.0]
    channel = WhatsAppChannel(api, now=lambda: time[0])
    peer.fail("/v1/Content", Failure(500))
    for moment in (0.0, 599.0, 601.0):
        time[0] = moment
        await channel.send(ask("Sí", "No"))
    assert [message["body"] for message in peer.messages] == ["¿Qué obra?\n1. Sí\n2. No"] * 2 + ["¿Qué obra?"]
    assert [path for _, path in peer.requests].count("/v1/Content") == 2


async def test_a_template_that_is_gone_is_made_again_after_a_while(api, peer):
    time = [0.0]
    kept = ForgetfulContents()
    channel = WhatsAppChannel(api, kept, now=lambda: time[0])
    await channel.send(ask("Sí", "No"))
    peer.contents.clear()
    await channel.send(ask("Sí", "No"))
    assert peer.messages[1]["body"] == "¿Qué obra?\n1. Sí\n2. No"
    assert await kept.find("buttons:2") is None
    time[0] = 601.0
    await channel.send(ask("Sí", "No"))
    assert peer.messages[2]["shown"]["kind"] == "twilio/quick-reply"


async def test_variables_that_are_refused_cost_this_question_its_buttons_and_no_other(whatsapp, peer):
    peer.fail("/Messages.json", Failure(400, 21656))
    await whatsapp.send(ask("Sí", "No", text="Una"))
    await whatsapp.send(ask("Sí", "No", text="Dos"))
    assert [message["content_sid"] is None for message in peer.messages] == [True, False]


async def test_an_apostrophe_goes_as_printers_set_it(whatsapp, peer):
    await whatsapp.send(ask("Don't know", "Yes", text="Isn't it?"))
    assert peer.messages[0]["shown"]["body"] == "Isn’t it?"
    assert peer.messages[0]["shown"]["actions"][0]["title"] == "Don’t know"


async def test_a_name_that_no_button_can_carry_back_is_numbered_text(whatsapp, peer):
    choices = (Option("n" * 200, "Sí", "Sí"), Option("b", "No", "No"))
    await whatsapp.send(replace(ask("Sí", "No"), options=choices))
    assert peer.messages[0]["body"] == "¿Qué obra?\n1. Sí\n2. No"


async def test_a_question_that_is_nothing_but_options_has_no_template():
    assert fill(ask("Sí", "No", text=""), "Ver opciones") is None


async def test_a_person_without_a_number_is_answered(whatsapp, peer):
    await whatsapp.send(ask("Sí", "No", address=SCOPED))
    assert peer.messages[0]["to"] == "whatsapp:EC.13491208655302741918"


async def test_a_picture_goes_by_its_public_address_with_the_text_below(api, peer):
    channel = WhatsAppChannel(api, publish=lambda name: f"https://minga.example.ec/archivos/{name}")
    await channel.send(Outgoing(ROSA, "Mira.", "mapa", 0, "none", media={"image": "mapa.png"}))
    assert (peer.messages[0]["media"], peer.messages[0]["body"]) == (["https://minga.example.ec/archivos/mapa.png"], "Mira.")
    await channel.send(Outgoing(ROSA, "", "mapa", 0, "none", media={"audio": "voz.ogg"}))
    assert peer.messages[1]["media"] == ["https://minga.example.ec/archivos/voz.ogg"]


async def test_without_public_addresses_the_text_goes_alone_and_an_attachment_never(whatsapp, peer):
    await whatsapp.send(Outgoing(ROSA, "Mira.", "mapa", 0, "none", media={"image": "mapa.png"}))
    assert peer.messages[0]["media"] == []
    with pytest.raises(Never, match="no_public_address"):
        await whatsapp.send(Outgoing(ROSA, "", "mapa", 0, "none", media={"audio": "voz.ogg"}))


async def test_a_stored_file_that_is_gone_leaves_words_that_say_where_to_get_it(api, peer):
    channel = WhatsAppChannel(api, gone=lambda language, name: f"({language}) Pide «{name}» en el municipio.")
    await channel.send(Outgoing(ROSA, "", "request", 0, "none", media={"file": f"stored:{'a' * 32}/plano.pdf"}, language="es"))
    assert (peer.messages[0]["media"], peer.messages[0]["body"]) == ([], "(es) Pide «plano.pdf» en el municipio.")


async def test_the_buttons_of_an_answer_come_back_as_what_they_were(whatsapp, peer):
    choices = tuple(Option(f"request/7529589374978188007/{word}", word) for word in ("yes", "partly", "no"))
    await whatsapp.send(render(Say("¿Recibiste lo que pediste?", "note", "request", choices, language="es"), ROSA, WHATSAPP))
    carried = [action["id"] for action in peer.messages[0]["shown"]["actions"]]
    assert [read_press(one) for one in carried] == [Press(0, option.name) for option in choices]


async def test_an_approved_template_opens_the_talk(whatsapp, api, peer):
    sid = "HX" + "a" * 32
    peer.contents[sid] = {"types": {"twilio/text": {"body": "Hola {{1}}, ¿seguimos?"}}}
    sent = await whatsapp.open_talk(ROSA, sid, {"1": "Rosa"})
    assert peer.messages[0]["shown"]["body"] == "Hola Rosa, ¿seguimos?"
    assert sent.provider_id == peer.messages[0]["sid"]


# ── refusals ─────────────────────────────────────────────────────────────────────────────────────────────────────────

REFUSALS = [
    (21610, 400, PersonStopped),
    (63033, 400, PersonStopped),
    (21211, 400, PersonUnreachable),
    (21408, 400, PersonUnreachable),
    (21614, 400, PersonUnreachable),
    (30006, 400, PersonUnreachable),
    (63024, 400, PersonUnreachable),
    (20003, 401, RetryLater),
    (20429, 429, RetryLater),
    (21611, 429, RetryLater),
    (63018, 400, RetryLater),
    (63016, 400, OutsideWindow),
    (21606, 400, Never),
    (99999, 400, Never),
]


@pytest.mark.parametrize(("code", "status", "error"), REFUSALS)
async def test_each_refusal_says_what_may_be_done(sms, peer, code, status, error):
    peer.fail("/Messages.json", Failure(status, code))
    with pytest.raises(error) as caught:
        await sms.send(ask(address=ANA))
    assert type(caught.value) is error
    assert caught.value.code == ("20429" if status == 429 else str(code))
    assert peer.messages == []


async def test_the_newer_form_of_refusal_is_understood(sms, peer):
    body = '{"type": "https://www.twilio.com/docs/api/errors/21610", "title": "x", "status": 400, "code": 21610}'
    peer.fail("/Messages.json", Failure(400, body=body))
    with pytest.raises(PersonStopped):
        await sms.send(ask(address=ANA))


async def test_what_the_server_refuses_by_itself(sms, whatsapp, peer):
    peer.stopped.add(ANA.identifier)
    with pytest.raises(PersonStopped):
        await sms.send(ask(address=ANA))
    with pytest.raises(PersonUnreachable):
        await sms.send(ask(address=replace(ANA, identifier="12")))
    with pytest.raises(Never, match="63007"):
        await whatsapp.send(ask(address=replace(ROSA, account="+19998887777")))


async def test_a_wrong_token_says_later_and_shows_itself_nowhere(peer):
    api = TwilioApi(Account(SID, "wrong-token", peer.url), Transport(peer.url))
    with pytest.raises(RetryLater, match="20003") as caught:
        await SmsChannel(api).send(ask(address=ANA))
    assert "wrong-token" not in repr(api.account) + repr(caught.value)
    assert api.secrets == {"wrong-token"}
    await api.close()


async def test_how_long_to_wait_is_honoured(sms, peer):
    peer.fail("/Messages.json", Failure(429, 20429, {"Retry-After": "7"}))
    with pytest.raises(RetryAfter) as caught:
        await sms.send(ask(address=ANA))
    assert caught.value.seconds == 7


def test_a_code_of_a_later_status_means_the_same(sms):
    assert isinstance(sms.explain("30006"), PersonUnreachable)
    assert sms.explain("21610").code == "21610"
    assert meaning("21610") is PersonStopped
    assert meaning("63016") is OutsideWindow
    assert meaning("") is Never
    assert meaning("x") is Never


# ── fate unknown ─────────────────────────────────────────────────────────────────────────────────────────────────────

UNKNOWN = {
    "500": Failure(500, accept=True),
    "503": Failure(503, 20503, accept=True),
    "garbage": Failure(201, body="<html>", accept=True),
    "nothing": Failure(201, body="", accept=True),
    "another object": Failure(201, body='{"a": 1}', accept=True),
    "a list": Failure(201, body="[]", accept=True),
    "broken off": Failure(drop=True, accept=True),
    "silence": Failure(delay=1.3, drop=True, accept=True),
}


@pytest.mark.parametrize("failure", UNKNOWN.values(), ids=UNKNOWN)
@pytest.mark.parametrize("name", ["sms", "buttons", "numbered"])
async def test_a_message_that_was_taken_all_the_same_says_so_and_is_found(sms, whatsapp, peer, failure, name):
    channel = sms if name == "sms" else whatsapp
    labels = [f"Opción {n}" for n in range(11)] if name == "numbered" else ["Sí", "No sé"]
    asked = ask(*labels, address=ANA if name == "sms" else ROSA, text="¿Qué obra? Así…")
    before = await channel.send(asked)  # the same words, said before, are another message
    began = now()
    assert await channel.lookup(asked, began) is None
    peer.fail("/Messages.json", failure, method="POST")
    with pytest.raises(FateUnknown):
        await channel.send(asked)
    await asyncio.sleep(failure.delay and 0.5)
    posted = [method for method, path in peer.requests if "Messages" in path].count("POST")
    found = await channel.lookup(asked, began)
    assert posted == 2  # what was not answered was not sent once more
    assert [message["sid"] for message in peer.messages] == [before.provider_id, found.provider_id]
    assert found.units == 1
    assert await channel.lookup(asked, began) is None  # it is found for one message only


async def test_a_message_that_was_not_taken_is_not_found(sms, peer):
    began = now()
    peer.fail("/Messages.json", Failure(500), method="POST")
    with pytest.raises(FateUnknown, match="http_500"):
        await sms.send(ask(address=ANA))
    assert await sms.lookup(ask(address=ANA), began) is None


async def test_where_twilio_does_not_tell_a_look_says_so(sms, peer):
    peer.fail("/Messages.json", Failure(500), method="GET")
    with pytest.raises(FateUnknown):
        await sms.lookup(ask(address=ANA), now())
    peer.fail("/Messages.json", Failure(429, 20429), method="GET")
    with pytest.raises(RetryLater):
        await sms.lookup(ask(address=ANA), now())


async def test_an_older_message_and_one_to_another_person_are_not_it(api, sms):
    await sms.send(ask(address=ANA))
    other = replace(ANA, identifier="+593990000000")

    async def found(asked, since=timedelta()):
        api._recent.clear()  # as after a restart
        return await sms.lookup(asked, now() + since) is not None

    assert await found(ask(address=ANA))
    assert await found(ask(address=ANA), -timedelta(seconds=60))
    assert not await found(ask(address=ANA), timedelta(seconds=60))
    assert not await found(ask(address=other))
    assert not await found(ask(address=ANA, text="Adiós"))


async def test_an_invitation_is_found_by_what_was_sent(api):
    channel = SmsChannel(api, one_way=[ANA.account], invitation=lambda _: ("Responde aquí:", "https://wa.me/1"))
    began = now()
    await channel.send(ask("Sí", address=ANA))
    api._recent.clear()
    assert await channel.lookup(ask("Sí", address=ANA), began) is not None


async def test_nothing_is_sent_twice_by_the_transport_itself(api, peer):
    peer.fail("/Messages.json", Failure(500), method="POST", times=3)
    with pytest.raises(FateUnknown):
        await api._create(Message(ANA.identifier, ANA.account, "Hola"))
    assert len(peer.requests) == 1


async def test_a_machine_that_cannot_be_reached_was_sent_nothing(peer):
    await peer.stop()
    api = TwilioApi(Account(SID, TOKEN, peer.url), Transport(peer.url, connect=0.3))
    with pytest.raises(RetryLater, match="not_connected"):
        await SmsChannel(api).send(ask(address=ANA))
    await api.close()


async def test_what_it_cost_is_told_later(sms):
    sent = await sms.send(ask(address=ANA))
    assert await sms.bill(sent.provider_id) == Bill(0.0075, "USD", 0)
    with pytest.raises(Never):
        await sms.bill("SM" + "f" * 32)


def test_paths_are_kept_and_only_twilios_hosts_are_replaced():
    transport = Transport("http://127.0.0.1:9/gate/")
    assert transport.place("https://content.twilio.com/v1/Content?a=b") == "http://127.0.0.1:9/gate/v1/Content?a=b"
    assert transport.place("https://api.twilio.com.example.org/x") == "https://api.twilio.com.example.org/x"
    assert transport.place("https://[/x") == "https://[/x"
    assert Transport().place("https://api.twilio.com/x") == "https://api.twilio.com/x"
    assert Transport().trusted("https://api.twilio.com/x")
    assert not Transport().trusted("http://api.twilio.com/x")
    assert not Transport().trusted("https://eviltwilio.com/x")
