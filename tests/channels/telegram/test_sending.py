"""What goes out, as the server saw it; and what each of its refusals means."""

import asyncio
import logging
import traceback
from dataclasses import replace

import pytest
from telegram.error import TelegramError

from bot.channels import payload
from bot.channels.abilities import TELEGRAM
from bot.channels.channel import FateUnknown, Never, PersonStopped, PersonUnreachable, RetryAfter, RetryLater, SendError
from bot.channels.rendering import parts, render
from bot.channels.telegram import TelegramChannel
from bot.vocabulary import Address, Option, Outgoing, Say
from tests.peers.bot_api import TOKEN, Fail

ANA = Address("telegram", "111", "4242")


def shown(text="¿Cuál?", options=0, prompt=16_777_215_999, **more):
    choices = tuple(Option(f"o{n}", f"Opción {n}") for n in range(options))
    return render(Say(text, "prompt", choices=choices, prompt=prompt, language="es", **more), ANA, TELEGRAM)


def labels(chat):
    return [[button["text"] for button in row] for row in chat.last["reply_markup"]["inline_keyboard"]]


async def test_text_goes_as_it_is(api, channel):
    text = "Av. 10_de_Agosto *y* <b>Bolívar</b> [calle](x) `a` & 🙂"
    sent = await channel.send(Outgoing(ANA, text, "", 0, "none"))
    assert api.chat(111).last["text"] == text
    assert sent.provider_id == str(api.chat(111).last["message_id"])
    [fields] = api.of("sendMessage")
    assert fields["chat_id"] == 111
    assert fields["reply_markup"] == {"remove_keyboard": True}


async def test_a_text_over_the_limit_is_several_messages_cut_at_sentences(api, channel):
    text = " ".join(["Una frase sobre el barrio 🙂 y su gente."] * 300)
    for part in parts(shown(text), TELEGRAM):
        await channel.send(part)
    assert len(api.chat(111).messages) == 4
    assert " ".join(api.chat(111).texts) == text
    assert all(text.endswith(".") for text in api.chat(111).texts)


async def test_buttons(api, channel):
    await channel.send(shown(options=3))
    assert labels(api.chat(111)) == [["Opción 0", "Opción 1"], ["Opción 2"]]
    await channel.send(shown(options=20))
    assert sum(map(len, labels(api.chat(111)))) == 20


async def test_names_without_room_in_a_button_go_by_their_place(api, channel):
    choices = (Option("a" * 50, "Larga"), Option("ñ" * 30, "Otra"), Option("si", "Sí"))
    await channel.send(render(Say("¿?", "prompt", choices=choices, prompt=16_777_215_999), ANA, TELEGRAM))
    rows = api.chat(111).last["reply_markup"]["inline_keyboard"]
    assert [button["callback_data"] for row in rows for button in row] == [
        f"c:16777215999:{'a' * 50}", "C:16777215999:1", "c:16777215999:si",
    ]  # fmt: skip


async def test_a_long_list_has_pages_and_no_option_is_lost(api, channel):
    message = shown(options=45)
    seen = []
    for page in range(5):
        await channel.send(replace(message, page=page))
        *options, turn = labels(api.chat(111))
        seen += [label for row in options for label in row]
        assert turn == ["◀", f"{page + 1} / 5", "▶"]
    assert seen == [f"Opción {n}" for n in range(45)]


async def test_several_choices_are_ticked_and_sent(api, channel):
    message = shown(options=2, several=True)
    await channel.send(replace(message, ticked=("o1",)))
    assert labels(api.chat(111)) == [["▫️ Opción 0"], ["✅ Opción 1"], ["Listo (1)"]]


@pytest.mark.parametrize(("wants", "asks"), [("geopoint", "request_location"), ("phone", "request_contact")])
async def test_a_place_and_a_number_have_their_button(api, channel, wants, asks):
    await channel.send(shown(wants=wants))
    [[button]] = api.chat(111).last["reply_markup"]["keyboard"]
    assert button[asks] is True


async def test_a_picture_is_uploaded_once(api, channel, tmp_path):
    (tmp_path / "mapa.png").write_bytes(b"\x89PNG mapa")
    for _ in range(2):
        await channel.send(Outgoing(ANA, "El barrio", "", 0, "none", media={"image": "mapa.png"}))
    first, second = api.of("sendPhoto")
    assert first["photo"] == b"\x89PNG mapa"
    assert isinstance(second["photo"], str)
    assert first["caption"] == "El barrio"


async def test_a_missing_picture_leaves_the_text(api, channel):
    await channel.send(Outgoing(ANA, "El barrio", "", 0, "none", media={"image": "no.png"}))
    assert api.chat(111).texts == ["El barrio"]
    with pytest.raises(Never, match="file_missing"):
        await channel.send(Outgoing(ANA, "", "", 0, "none", media={"image": "no.png"}))


async def test_buttons_are_drawn_anew_and_taken_away(api, channel):
    sent = await channel.send(shown(options=2, several=True))
    place = {"edits": sent.provider_id}
    message = shown(options=2, several=True)
    assert (await channel.send(replace(message, ticked=("o0",), **place))).provider_id == ""
    assert labels(api.chat(111))[0] == ["✅ Opción 0"]
    await channel.send(replace(message, ticked=("o0",), **place))  # not modified: as good as done
    await channel.send(Outgoing(ANA, "", "", 0, "none", **place))
    assert "reply_markup" not in api.chat(111).last
    assert api.chat(111).last["text"] == "¿Cuál?"
    await channel.send(Outgoing(ANA, "¿Cuál?\n\n✅ Opción 0", "", 0, "none", **place))
    assert api.chat(111).texts == ["¿Cuál?\n\n✅ Opción 0"]


async def test_a_change_of_a_message_that_is_gone_is_done(api, channel):
    assert (await channel.send(Outgoing(ANA, "", "", 0, "none", edits="99"))).units == 0


@pytest.mark.parametrize("fail", [Fail("lost"), Fail("garbage"), Fail("half_open")], ids=str)
async def test_a_change_whose_fate_is_unknown_is_made_again(api, channel, fail):
    sent = await channel.send(shown(options=2))
    change = Outgoing(ANA, "", "", 0, "none", edits=sent.provider_id)
    api.fail("editMessageReplyMarkup", fail)
    with pytest.raises(RetryLater):
        await channel.send(change)
    await channel.send(change)
    assert "reply_markup" not in api.chat(111).last


@pytest.mark.parametrize(
    "change", [{}, {"edits": "7"}, {"ticked": ("o0", "o1")}, {"page": 3}, {"edits": "7", "ticked": ("o1",), "page": 1}]
)
def test_a_message_is_the_same_out_of_the_outbox(change):
    message = replace(shown(options=2, several=True), **change)
    assert payload.unpack(payload.pack(message)) == message


FAILS = [
    (Fail(429, retry_after=7), RetryAfter, "429"),
    (Fail(429), RetryAfter, "429"),
    (Fail(403, "Forbidden: bot was blocked by the user"), PersonStopped, "blocked"),
    (Fail(403, "Forbidden: user is deactivated"), PersonUnreachable, "user_is_deactivated"),
    (Fail(403, "Forbidden: bot can't initiate conversation with a user"), PersonUnreachable, "bot_cant_initiate_conversation"),
    (Fail(403, "Forbidden: something new"), Never, "forbidden"),
    (Fail(400, "Bad Request: chat not found"), PersonUnreachable, "chat_not_found"),
    (Fail(400, "Bad Request: can't parse entities: Juan Pérez"), Never, "entities"),
    (Fail(400, "Bad Request: message is too long"), Never, "too_long"),
    (Fail(400, "Bad Request: BUTTON_DATA_INVALID"), Never, "button_data"),
    (Fail(400, "Bad Request: Juan Pérez"), Never, "bad_request"),
    (Fail(401, "Unauthorized"), RetryLater, "token_refused"),
    (Fail(404, "Not Found"), RetryLater, "token_refused"),
    (Fail(409, "Conflict: whatever"), RetryLater, "conflict"),
    (Fail(500, "Internal Server Error"), RetryLater, "500"),
    (Fail("html", status=502), RetryLater, "502"),
    (Fail("html", status=503), RetryLater, "503"),
    (Fail("html", status=504), FateUnknown, "504"),
    (Fail("html", status=403), RetryLater, "foreign_answer 403"),
    (Fail("html", status=302), RetryLater, "foreign_answer 302"),
    (Fail("html", status=429), RetryAfter, "429"),
    (Fail("garbage"), FateUnknown, "garbage"),
    (Fail("half_open"), FateUnknown, ""),
    (Fail("reset"), FateUnknown, "no_answer"),
    (Fail("lost"), FateUnknown, "no_answer"),
    (Fail("slow", seconds=30), FateUnknown, ""),
]


@pytest.mark.parametrize(("fail", "error", "code"), FAILS, ids=[f"{f.how} {f.status} {f.description}" for f, *_ in FAILS])
async def test_each_refusal_is_told_apart(api, channel, fail, error, code):
    api.fail("sendMessage", fail)
    with pytest.raises(SendError) as caught:
        await channel.send(shown())
    assert type(caught.value) is error
    assert code in caught.value.code
    assert "Juan" not in caught.value.code
    assert len(api.of("sendMessage")) == (fail.how == "lost")  # nothing is repeated by itself
    if isinstance(caught.value, RetryAfter):
        assert caught.value.seconds == (fail.retry_after or 5)
    assert (await channel.send(shown())).provider_id  # and the next one goes


async def test_a_group_that_moved_is_followed(api, channel):
    api.fail("sendMessage", Fail(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to=-1009))
    await channel.send(Outgoing(Address("telegram", "-5", "4242"), "Hola", "", 0, "none"))
    assert api.chat(-1009).texts == ["Hola"]


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://[/x", "http://no-such-host.invalid"])
async def test_what_never_left_may_be_sent_again(spoken, url):
    channel = TelegramChannel(TOKEN, spoken, api_url=url, patience=0.5)
    with pytest.raises(RetryLater, match="no_connection"):
        await channel.send(shown())
    await channel.close()


async def test_the_token_is_in_no_log_and_no_traceback(api, spoken, caplog):
    caplog.set_level(logging.DEBUG)
    logging.getLogger("telegram").setLevel(logging.WARNING)
    told = []
    for url in (api.url, "http://127.0.0.1:9", "http://[/x"):
        channel = TelegramChannel(TOKEN, spoken, api_url=url, patience=0.3)
        for fail in (Fail("garbage"), Fail("reset"), Fail("half_open"), Fail(401, f"no {TOKEN}"), Fail("html", status=500)):
            api.fail("sendMessage", fail, fail)
            try:
                await channel.send(shown())
            except SendError as error:
                told.append("".join(traceback.format_exception(error)))
            try:
                await channel.bot.call("sendMessage", {"chat_id": 1, "text": "a"})
            except TelegramError as error:
                if "401" not in str(fail.how):
                    told.append("".join(traceback.format_exception(error)))
        told += [repr(channel), repr(channel.bot), str(channel.bot)]
        await channel.close()
        api._fails.clear()
    assert len(told) >= 30
    assert TOKEN.split(":")[1] not in "".join(told) + caplog.text


async def test_many_at_once(api, spoken):
    channel = TelegramChannel(TOKEN, spoken, api_url=api.url)
    people = [Address("telegram", str(number), "4242") for number in range(1, 301)]
    await asyncio.gather(*(channel.send(Outgoing(person, "Hola", "", 0, "none")) for person in people))
    assert len(api.chats) == 300
    await channel.close()
