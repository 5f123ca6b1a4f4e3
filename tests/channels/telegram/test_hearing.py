"""What comes in: by webhook or fetched, each update by itself, read against what people really send."""

import hashlib
import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.channel import Never, Raw, Request, RetryLater, UnparsableError
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram.buttons import pressed
from bot.channels.telegram.reading import GROUP
from bot.vocabulary import Address, Media, Press, Start, Text, Unserved
from tests.luck import examples
from tests.peers.bot_api import TOKEN, Fail

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
MEGABYTE = 1024 * 1024


def update(**content):
    return {"update_id": 7, **content}


def message(kind="private", chat=111, **content):
    about = {"message_id": 5, "date": 1_764_000_000, "chat": {"id": chat, "type": kind}, "from": {"id": 111, "is_bot": False}}
    return {**about, **content}


def joined(kind, chat, old, new):
    return {
        "chat": {"id": chat, "type": kind},
        "from": {"id": 1},
        "old_chat_member": {"status": old},
        "new_chat_member": {"status": new},
    }


def heard(spoken, what, username="minga_bot"):
    channel = TelegramChannel(TOKEN, spoken)
    channel.username = username
    return channel.parse(Raw("7", json.dumps(what).encode(), NOW, "4242"))


def content(spoken, **of):
    [incoming] = heard(spoken, update(message=message(**of)))
    return incoming.content


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("/start puyo", Start("puyo")),
        ("/start", Start("")),
        ("/START@Minga_Bot puyo", Start("puyo")),
        ("/start " + "x" * 90, Start("x" * 64)),
        ("/mis_datos", Text("mis datos")),
        ("/ayuda@minga_bot ya", Text("ayuda ya")),
        ("hola /start", Text("hola /start")),
        ("/", Text("")),
    ],
)
def test_commands(spoken, text, meant):
    assert content(spoken, text=text) == meant


def test_a_command_for_another_bot_is_not_ours(spoken):
    assert heard(spoken, update(message=message(text="/start@otro_bot puyo"))) == []


@pytest.mark.parametrize(
    ("what", "kind", "content_type"),
    [
        ({"voice": {"file_id": "F", "mime_type": "audio/ogg", "file_size": 9}}, "audio", "audio/ogg"),
        ({"audio": {"file_id": "F", "file_size": 9}}, "audio", "audio/mpeg"),
        ({"video": {"file_id": "F", "file_size": 9}}, "video", "video/mp4"),
        ({"video_note": {"file_id": "F", "file_size": 9}}, "video", "video/mp4"),
        ({"animation": {"file_id": "F", "file_size": 9}, "document": {"file_id": "G"}}, "video", "video/mp4"),
        ({"document": {"file_id": "F", "mime_type": "image/png", "file_size": 9}}, "image", "image/png"),
        ({"document": {"file_id": "F", "file_size": 9}}, "file", "application/octet-stream"),
        ({"photo": [{"file_id": "s", "file_size": 1}, {"file_id": "F", "file_size": 9}, {"nothing": 1}]}, "image", "image/jpeg"),
    ],
)
def test_files(spoken, what, kind, content_type):
    assert content(spoken, **what, caption="mi calle") == Media(kind, "F", content_type, "", 9, caption="mi calle")


@pytest.mark.parametrize(
    ("what", "meant"),
    [
        ({"contact": {"phone_number": "593991234567", "first_name": "Rosa"}}, Text("+593991234567")),
        ({"contact": {"phone_number": "+593 99 123", "first_name": "Rosa"}}, Text("+593 99 123")),
        ({"sticker": {"file_id": "x", "emoji": "👍"}}, Text("👍")),
        ({"sticker": {"file_id": "x"}}, Text("")),
        ({"poll": {"id": "1"}}, Text("")),
        ({"something_of_next_year": {}}, Text("")),
    ],
)
def test_the_rest_that_people_send(spoken, what, meant):
    assert content(spoken, **what) == meant


@pytest.mark.parametrize(
    "what",
    [
        update(message=message(pinned_message={})),
        update(message=message(message_auto_delete_timer_changed={})),
        update(edited_message=message(location={"latitude": 1, "longitude": 2}, edit_date=1)),
        update(channel_post=message(text="hola")),
        update(my_chat_member=joined("private", 111, "member", "kicked")),
        update(edited_channel_post=message("channel", -100, text="hola")),
        update(message_reaction={"chat": {"id": 111, "type": "private"}, "message_id": 1, "new_reaction": []}),
        update(poll={"id": "1", "question": "?", "options": []}),
        update(poll_answer={"poll_id": "1", "option_ids": [0]}),
        update(business_message=message(text="hola", business_connection_id="b")),
        update(edited_business_message=message(text="hola", business_connection_id="b")),
        update(inline_query={"id": "1", "from": {"id": 111}, "query": "x", "offset": ""}),
        update(chat_member=joined("group", -5, "left", "member")),
        update(message=message("group", -5, migrate_to_chat_id=-1005)),
        update(message=message("supergroup", -1005, migrate_from_chat_id=-5)),
        update(callback_query={"id": "1", "from": {"id": 111}, "game_short_name": "x"}),
        update(callback_query={"id": "1", "from": {"id": 111}, "data": "c:1:a", "message": message("group", -5)}),
        update(message=message("group", -5, text="hola a todos")),
        update(message=message("supergroup", -5, text="/ayuda@otro_bot")),
        update(message=message("group", -5, new_chat_title="Barrio")),
        update(),
    ],
)  # fmt: skip
def test_what_does_not_concern_us(spoken, what):
    assert heard(spoken, what) == []


@pytest.mark.parametrize(
    "what",
    [
        update(message=message("group", -5, text="/ayuda")),
        update(message=message("supergroup", -5, text="oye @Minga_Bot")),
        update(message=message("group", -5, text="/ayuda@minga_bot")),
        update(message=message("group", -5, text="sí", reply_to_message={"from": {"id": 4242}})),
        update(my_chat_member=joined("group", -5, "left", "member")),
    ],
)  # fmt: skip
def test_groups_are_told_that_they_are_not_served(spoken, what):
    [incoming] = heard(spoken, what)
    assert incoming.content == Unserved(GROUP)
    assert incoming.address == Address("telegram", "-5", "4242")


def test_an_edited_message_is_known_as_one(spoken):
    [incoming] = heard(spoken, update(edited_message=message(text="54", edit_date=1_764_000_100)))
    assert incoming.content == Text("54", edited=True)


@pytest.mark.parametrize(
    ("bears", "chat"),
    [
        (message(), "111"),
        ({"chat": {"id": 111, "type": "private"}, "message_id": 5, "date": 0}, "111"),  # too old to be shown
        (None, "111"),
    ],
)
def test_a_press(spoken, bears, chat):
    query = {"id": "99", "from": {"id": 111, "language_code": "es"}, "data": "c:77:si", "chat_instance": "1", "message": bears}
    [incoming] = heard(spoken, update(callback_query=query))
    assert incoming.content == Press(77, "si", message="5" if bears else "")
    assert incoming.address == Address("telegram", chat, "4242")
    assert incoming.written_at == NOW  # not the question's time
    assert incoming.language == "es"


@pytest.mark.parametrize(
    ("data", "meant"),
    [
        ("c:77:con:dos", Press(77, "con:dos")),
        ("C:77:4", Press(77, "", 4)),
        ("t:77:a", Press(77, "a", does="tick")),
        ("T:77:0", Press(77, "", 0, "tick")),
        ("p:77:2", Press(77, "", 2, "page")),
        ("d:77:", Press(77, "", does="done")),
        ("", Press(0, "")),
        ("c:x:a", Press(0, "")),
        ("C:77:-1", Press(0, "")),
        ("C:77:²", Press(0, "")),
        ("de otra versión", Press(0, "")),
        ("c:" + "9" * 40 + ":a", Press(0, "")),
    ],
)
def test_what_buttons_say(data, meant):
    assert pressed(data) == meant


BROKEN = [
    update(message=message(location={"latitude": 91, "longitude": 0})),
    update(message=message(location={"latitude": True, "longitude": 0})),
    update(message=message(text=5)),
    update(message=message(photo=[])),
    update(message=message(photo=[{}])),
    update(message=message(voice="x")),
    update(message=message(contact={})),
    update(message={"text": "hola"}),
    update(message={"text": "hola", "chat": {"id": "x", "type": "private"}}),
    update(message=3),
    update(callback_query={}),
    {"message": message(text="hola")},
    [],
    None,
]


@pytest.mark.parametrize("what", BROKEN)
def test_what_cannot_be_understood_is_quarantined_alone(spoken, what):
    with pytest.raises(UnparsableError):
        heard(spoken, what)


def request(body, **headers):
    return Request("https://minga.example/telegram", headers, body if isinstance(body, bytes) else json.dumps(body).encode(), NOW)


def test_a_batch_is_split_and_the_strange_one_costs_nobody(spoken):
    channel = TelegramChannel(TOKEN, spoken)
    batch = {"ok": True, "result": [update(message=message(text="uno")), {"odd": 1}, "x", {"update_id": 9, "message": 4}]}
    raws = channel.split(request(batch))
    assert [raw.event[:7] for raw in raws] == ["7", "sha256:", "sha256:", "9"]
    assert {raw.account for raw in raws} == {"4242"}
    assert len({raw.event for raw in raws}) == 4
    assert channel.split(request(batch))[1].event == raws[1].event
    assert channel.parse(raws[0])[0].content == Text("uno")
    for raw in raws[1:]:
        with pytest.raises(UnparsableError):
            channel.parse(raw)


@pytest.mark.parametrize("body", [b"", b"{", b"3", b"[]", b'{"ok": false}', b'{"ok": true, "result": 1}', b'{"a": "\xff"}'])
def test_no_updates_at_all(spoken, body):
    with pytest.raises(UnparsableError):
        TelegramChannel(TOKEN, spoken).split(request(body))


def test_verify(spoken):
    channel, other = TelegramChannel(TOKEN, spoken), TelegramChannel("1:x", spoken)
    secret = channel.secret
    assert channel.secret == TelegramChannel(TOKEN, spoken).secret != other.secret
    assert TOKEN.split(":")[1] not in secret
    assert channel.verify(request(b"", **{"X-Telegram-Bot-Api-Secret-Token": secret}))
    assert channel.verify(request(b"", **{"x-telegram-bot-api-secret-token": secret}))
    for wrong in ("", secret[:-1], secret + "x", "ñ", "\udcff", other.secret):
        assert not channel.verify(request(b"", **{"X-Telegram-Bot-Api-Secret-Token": wrong}))
    assert not channel.verify(request(b""))
    assert TelegramChannel(TOKEN, spoken, secret="nuestro").verify(request(b"", **{"X-Telegram-Bot-Api-Secret-Token": "nuestro"}))


@pytest.mark.parametrize("token", ["", "abc", "12:", ":abc", "x1:abc", "²:abc"])
def test_what_cannot_be_a_token(spoken, token):
    with pytest.raises(ValueError, match="number:letters"):
        TelegramChannel(token, spoken)


KEYS = st.sampled_from(
    ["update_id", "message", "edited_message", "callback_query", "my_chat_member", "chat", "from", "id", "type", "text", "date",
     "data", "photo", "voice", "document", "file_id", "location", "latitude", "longitude", "contact", "phone_number", "venue",
     "sticker",
     "emoji", "caption", "new_chat_member", "old_chat_member", "status", "message_id", "reply_to_message", "language_code"]
)  # fmt: skip
VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5) | st.just("private")
JSON = st.recursive(VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=7), max_leaves=25)


@given(what=JSON, kind=st.sampled_from(["message", "edited_message", "callback_query", "my_chat_member"]))
@examples(400)
def test_nothing_that_is_written_breaks_the_reading(spoken, what, kind):
    about = {"chat": {"id": 111, "type": "private"}, "from": {"id": 111}}
    for written in (
        what,
        {"update_id": 1, kind: what},
        {"update_id": 1, kind: {**what, **about} if isinstance(what, dict) else what},
    ):
        with suppress(UnparsableError):
            for incoming in heard(spoken, written):
                assert incoming.address.identifier
                hash(incoming.content) if not isinstance(incoming.content, Start) else None


# ── over the wire ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_updates_are_fetched_and_confirmed_by_the_next_asking(api, channel):
    first = await api.writes(111, "uno")
    await api.writes(222, "dos")
    raws = channel.split(request(await channel.updates(0, wait=0)))
    assert [channel.parse(raw)[0].content for raw in raws] == [Text("uno"), Text("dos")]
    assert len(channel.split(request(await channel.updates(first + 1, wait=0)))) == 1
    assert channel.split(request(await channel.updates(int(raws[-1].event) + 1, wait=0))) == []
    assert api.of("getUpdates")[0]["allowed_updates"] == ["message", "edited_message", "callback_query", "my_chat_member"]


async def test_a_long_poll_waits_longer_than_other_calls(api, channel):
    api.fail("getUpdates", Fail("slow", seconds=1.0))  # the channel's patience is 0.6
    assert channel.split(request(await channel.updates(0, wait=1))) == []


@pytest.mark.parametrize(
    "fail", [Fail(401), Fail(409), Fail(429, retry_after=3), Fail(500), Fail("html"), Fail("reset")], ids=str
)
async def test_trouble_while_fetching_is_for_later(api, channel, fail):
    api.fail("getUpdates", fail, fail)  # a GET may be tried again on a new connection: fetching harms nobody
    with pytest.raises(RetryLater):
        await channel.updates(0, wait=0)


async def test_a_press_is_answered_at_once(api, channel):
    api.chat(111).messages[1000] = {"message_id": 1000, "chat": {"id": 111, "type": "private"}, "text": "¿?", "reply_markup": {
        "inline_keyboard": [[{"text": "Sí", "callback_data": "c:7:si"}]]}}  # fmt: skip
    await api.presses(111, "Sí")
    await api.writes(111, '"callback_query"')
    raws = channel.split(request(await channel.updates(0, wait=0)))
    for raw in raws + raws:  # a second time it is too old, and that is no matter
        await channel.acknowledge(raw)
    assert len(api.answered) == 1
    for fail in (Fail(500), Fail("reset"), Fail(429, retry_after=9)):
        api.fail("answerCallbackQuery", fail)
        await channel.acknowledge(raws[0])
    await channel.acknowledge(Raw("1", b'"callback_query', NOW))


async def test_a_file_is_fetched(api, channel):
    content = b"\x89PNG" + bytes(range(256)) * 400
    reference = api.keep(content)
    fetched = await channel.fetch(Media("image", reference, "image/png", "", 0), limit=20 * MEGABYTE)
    assert hashlib.sha256(fetched).digest() == hashlib.sha256(content).digest()


@pytest.mark.parametrize(
    ("size", "told", "limit", "code"),
    [
        (9, 21 * MEGABYTE, 50 * MEGABYTE, "file_too_large"),  # known before: nothing is asked
        (21 * MEGABYTE, 0, 50 * MEGABYTE, "file_too_large"),  # the Bot API refuses
        (None, 0, 1000, "file_too_large"),  # larger than we take
    ],
)
async def test_a_file_that_is_too_large(api, channel, size, told, limit, code):
    reference = api.keep(b"x" * 5000, size=size)
    with pytest.raises(Never, match=code):
        await channel.fetch(Media("file", reference, "application/pdf", "", told), limit=limit)


async def test_a_file_that_is_gone(api, channel):
    with pytest.raises(Never, match="file"):
        await channel.fetch(Media("image", "no such", "image/png", "", 0), limit=MEGABYTE)
    reference = api.keep(b"x")
    api.fail("getFile", Fail("half_open"))
    with pytest.raises(RetryLater):
        await channel.fetch(Media("image", reference, "image/png", "", 0), limit=MEGABYTE)
