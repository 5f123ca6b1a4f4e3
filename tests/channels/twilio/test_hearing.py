"""What Twilio posts: several attachments, statuses in any order, senders that nobody can answer, and what is fetched."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.channel import Never, Raw, Request, RetryLater, Status, UnparsableError
from bot.channels.twilio import Account, SmsChannel, TwilioApi, channel_of, wire
from bot.channels.twilio.presses import read_press, write_press
from bot.channels.twilio.signature import FORM
from bot.vocabulary import Address, Media, Press, Text
from tests.luck import examples
from tests.peers.twilio_api import SID, TOKEN, Failure, TwilioPeer, form_body, signature

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
URL = "https://minga.example.ec/webhooks/twilio"


def heard(channel, form):
    body = form_body(form)
    headers = {"Content-Type": FORM, "X-Twilio-Signature": signature(TOKEN, URL, form.items())}
    request = Request(URL, headers, body, NOW)
    assert channel.verify(request)
    return [event for raw in channel.split(request) for event in channel.parse(raw)]


def test_several_attachments_are_several_messages_with_the_words_at_the_first(whatsapp):
    urls = {f"MediaUrl{n}": f"https://api.twilio.com/Media/ME{n}" for n in range(12)}
    types = {f"MediaContentType{n}": "application/pdf" for n in range(12)}
    form = TwilioPeer().inbound("whatsapp:+593991234567", "whatsapp:+14155238886", "los planos", NumMedia="12", **urls, **types)
    events = heard(whatsapp, form)
    assert len(events) == 10
    assert [event.content.caption for event in events] == ["los planos", *[""] * 9]
    assert len({event.event for event in events}) == 10
    assert events[0].event == form["MessageSid"]
    assert events[0].raw == form_body(form)


@pytest.mark.parametrize(
    ("told", "stage"),
    [
        ("accepted", "queued"),
        ("queued", "queued"),
        ("sending", "queued"),
        ("sent", "sent"),
        ("delivered", "delivered"),
        ("undelivered", "failed"),
        ("failed", "failed"),
        ("canceled", "failed"),
        ("read", "read"),
    ],
)
def test_a_status(whatsapp, told, stage):
    form = {"MessageSid": "SM1", "MessageStatus": told, "From": "whatsapp:+14155238886", "To": "whatsapp:+593991234567"}
    form |= {"ErrorCode": "63016"} if stage == "failed" else {}
    error = "63016" if stage == "failed" else ""
    assert heard(whatsapp, form) == [Status("whatsapp", "+14155238886", "SM1", stage, NOW, error)]


def test_each_status_of_a_message_is_an_event_of_its_own_and_a_repetition_is_not(sms):
    def event(status):
        body = form_body({"MessageSid": "SM1", "MessageStatus": status, "From": "+15005550006", "To": "+593991234567"})
        [raw] = sms.split(Request(URL, {}, body, NOW))
        return raw.event, raw.account

    told = [event(status) for status in ("delivered", "sent", "sent", "delivered")]
    assert told == [(f"SM1:{status}", "+15005550006") for status in ("delivered", "sent", "sent", "delivered")]


def test_an_advertisers_name_is_nobody_to_talk_with(sms):
    assert heard(sms, {"MessageSid": "SM1", "From": "Claro", "To": "+15005550006", "Body": "Recarga hoy"}) == []


def test_of_a_repeated_field_the_first_counts(sms):
    body = b"MessageSid=SM1&Body=uno&Body=dos&From=%2B593991234567&To=%2B15005550006"
    [incoming] = sms.parse(sms.split(Request(URL, {}, body, NOW))[0])
    assert incoming.content == Text("uno")


def test_which_channel_a_form_belongs_to():
    assert channel_of(form_body({"From": "whatsapp:+593991234567", "To": "whatsapp:+14155238886"})) == "whatsapp"
    assert channel_of(form_body({"ExternalUserId": "EC.1", "To": "whatsapp:+14155238886"})) == "whatsapp"
    assert channel_of(form_body({"From": "+15005550006", "To": "+593991234567", "MessageStatus": "sent"})) == "sms"
    with pytest.raises(UnparsableError):
        channel_of(b"\xff")


@given(prompt=st.integers(1, 2**63 - 1), choice=st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=180))
def test_what_a_button_carries_comes_back(prompt, choice):
    assert read_press(write_press(prompt, choice)) == Press(prompt, choice)


@given(st.text(max_size=20))
def test_what_others_buttons_carry_is_no_press(carried):
    press = read_press(carried)
    assert press is None or write_press(press.prompt, press.choice) == carried or carried.startswith("q0")


FIELD = st.sampled_from(
    ["MessageSid", "From", "To", "Body", "NumMedia", "MediaUrl0", "Latitude", "Longitude", "ButtonPayload", "ListId",
     "OptOutType", "MessageStatus", "SmsStatus", "ErrorCode", "ExternalUserId", "ListTitle"]
)  # fmt: skip
VALUE = st.text(max_size=8) | st.sampled_from(
    ["SM1", "+593991234567", "whatsapp:+593991234567", "whatsapp:EC.1", "1", "nan", "https://[/", "q1:a", "STOP", "sent", "inf"]
)


@given(st.dictionaries(FIELD, VALUE, max_size=9))
@examples(400)
def test_whatever_is_posted_is_understood_or_refused(form):
    for name in ("whatsapp", "sms"):
        try:
            events = wire.parse(Raw("e", form_body(form), NOW), name)
        except UnparsableError:
            continue
        assert all(isinstance(event, Status) or event.address.channel == name for event in events)


# ── attachments ──────────────────────────────────────────────────────────────────────────────────────────────────────


def media(url):
    return Media("image", url, "image/png", "", 0)


@pytest.fixture
def photo(peer):
    peer.media["ME1"] = ("image/png", b"x" * 1000)
    return media(f"https://api.twilio.com/2010-04-01/Accounts/{SID}/Messages/MM1/Media/ME1")


async def test_an_attachment_is_fetched_with_the_token_and_the_token_stays_with_twilio(sms, photo, peer):
    assert await sms.fetch(photo, 1000) == b"x" * 1000
    assert len(peer.cdn_auth) == 1


async def test_the_token_goes_nowhere_else(peer, photo):
    other = await TwilioPeer().start()
    other.media["ME1"] = ("image/png", b"y")
    api = TwilioApi(Account(SID, TOKEN, peer.url))
    peer.fail("/Media/", Failure(307, headers={"Location": f"{other.url}/cdn/ME1"}))
    assert await SmsChannel(api).fetch(photo, 1000) == b"y"
    assert other.cdn_auth == [None]
    await api.close()
    await other.stop()


async def test_what_is_too_large_gone_or_elsewhere_never_comes(sms, photo):
    with pytest.raises(Never, match="file_too_large"):
        await sms.fetch(photo, 999)
    with pytest.raises(Never, match="file_missing"):
        await sms.fetch(replace(photo, reference=photo.reference + "x"), 1000)
    for url in ("https://example.org/x", "http://169.254.169.254/latest", "file:///etc/passwd", "https://[/x", ""):
        with pytest.raises(Never, match="file_elsewhere"):
            await sms.fetch(media(url), 1000)


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (Failure(500), RetryLater),
        (Failure(429), RetryLater),
        (Failure(401), RetryLater),
        (Failure(drop=True), RetryLater),
        (Failure(410), Never),
        (Failure(302), Never),
        (Failure(302, headers={"Location": "ftp://x/y"}), Never),
        (Failure(302, headers={"Location": "https://[/"}), Never),
    ],
    ids=repr,
)
async def test_a_fetch_that_fails_says_whether_it_may_be_tried_again(sms, photo, peer, failure, error):
    peer.fail("/Media/", failure, times=2)  # a broken connection is tried anew once
    with pytest.raises(error) as caught:
        await sms.fetch(photo, 1000)
    assert type(caught.value) is error


async def test_a_ring_of_addresses_ends(sms, photo, peer):
    peer.fail("/Media/", Failure(302, headers={"Location": f"{peer.url}/Media/again"}), times=9)
    with pytest.raises(Never):
        await sms.fetch(photo, 1000)


# ── the way round ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_the_person_presses_is_what_was_asked(whatsapp, peer):
    from tests.channels.twilio.test_sending import ask

    await whatsapp.send(ask("Agua", "Vías"))
    [message] = peer.messages
    pressed = message["shown"]["actions"][1]
    form = peer.inbound(
        message["to"], message["from"], pressed["title"], ButtonText=pressed["title"], ButtonPayload=pressed["id"]
    )
    [incoming] = heard(whatsapp, form)
    assert incoming.content == Press(7, "o2")
    assert incoming.address == Address("whatsapp", "+593991234567", "+14155238886")
