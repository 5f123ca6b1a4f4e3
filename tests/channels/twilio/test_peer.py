"""The server that stands for Twilio refuses what Twilio refuses and calls back as it does: else the other tests prove little."""

import json

import aiohttp
import pytest
from aiohttp import web

from bot.channels.channel import Request, Status
from tests.channels.twilio.test_hearing import NOW
from tests.peers.twilio_api import SID, TOKEN

TO, FROM = "whatsapp:+593991234567", "whatsapp:+14155238886"
MESSAGES = f"/2010-04-01/Accounts/{SID}/Messages.json"
BUTTONS = {"body": "{{1}}", "actions": [{"type": "QUICK_REPLY", "title": "{{2}}", "id": "{{3}}"}]}


def content(types, *names, **more):
    return {"language": "es", "variables": dict.fromkeys(names, "x"), "types": types, **more}


async def call(peer, path, *, form=None, made=None, auth=(SID, TOKEN)):
    headers = {"Authorization": aiohttp.encode_basic_auth(*auth)}
    async with aiohttp.ClientSession() as session, session.post(peer.url + path, data=form, json=made, headers=headers) as answer:
        return answer.status, await answer.json()


async def test_content_variables_must_fill_the_template_exactly(peer):
    status, made = await call(peer, "/v1/Content", made=content({"twilio/quick-reply": BUTTONS}, "1", "2", "3"))
    assert status == 201
    whole = {"1": "¿Sí?", "2": "Sí", "3": "q1:si"}
    cases = [
        (whole, 201),
        ({"1": "¿Sí?", "2": "Sí"}, 21656),
        (whole | {"4": "de más"}, 21656),
        (whole | {"2": ""}, 21656),
        (whole | {"2": None}, 21656),
        (whole | {"2": 3}, 21656),
        ([], 21656),
        (whole | {"2": "x" * 21}, 21658),
        (whole | {"1": "x" * 1025}, 21658),
        (whole | {"3": "x" * 201}, 21658),
    ]
    for variables, expected in cases:
        form = {"To": TO, "From": FROM, "ContentSid": made["sid"], "ContentVariables": json.dumps(variables)}
        status, answer = await call(peer, MESSAGES, form=form)
        assert answer.get("code", status) == expected, variables


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"To": TO, "From": FROM, "Body": "a", "Unknown": "1"}, 20001),
        ({"From": FROM, "Body": "a"}, 21604),
        ({"To": TO, "Body": "a"}, 21603),
        ({"To": "ana", "From": FROM, "Body": "a"}, 21211),
        ({"To": TO, "From": "+15005550006", "Body": "a"}, 21910),
        ({"To": TO, "From": "whatsapp:+19998887777", "Body": "a"}, 63007),
        ({"To": TO, "From": FROM}, 21602),
        ({"To": TO, "From": FROM, "Body": "a" * 1601}, 21617),
        ({"To": TO, "From": FROM, "ContentSid": "HX" + "0" * 32}, 21655),
        ({"To": TO, "From": FROM, "Body": "a", "ContentVariables": "{}"}, 21654),
        ({"To": TO, "From": FROM, "Body": "a", "MediaUrl": "mapa.png"}, 21620),
        ({"To": TO, "From": FROM, "Body": "a", "StatusCallback": "minga"}, 21609),
    ],
    ids=lambda value: str(value)[:60],
)
async def test_a_message_that_twilio_would_refuse_is_refused(peer, form, code):
    assert (await call(peer, MESSAGES, form=form))[1]["code"] == code
    assert peer.messages == []
    assert [refused for refused, _ in peer.refused] == [code]


@pytest.mark.parametrize(
    "made",
    [
        content({"twilio_quick_reply": BUTTONS}, "1", "2", "3"),
        content({"twilio/quick-reply": BUTTONS}, "1", "2"),
        content({"twilio/quick-reply": BUTTONS | {"footer": "x"}}, "1", "2", "3"),
        content({"twilio/quick-reply": {"body": "a", "actions": []}}),
        content({"twilio/list-picker": {"body": "a", "button": "b", "items": [{"item": "c"}]}}),
        content({"twilio/list-picker": {"body": "a", "button": "b", "items": [{"item": "c" * 25, "id": "d"}]}}),
        content({"twilio/list-picker": {"body": "a", "items": [{"item": "c", "id": "d"}]}}),
        content({"twilio/quick-reply": BUTTONS}, "1", "2", "3", colour="x"),
        {"types": {"twilio/text": {"body": "a"}}},
    ],
    ids=range(9),
)
async def test_a_template_that_twilio_would_refuse_is_refused(peer, made):
    assert (await call(peer, "/v1/Content", made=made))[0] == 400
    assert peer.contents == {}


async def test_a_template_as_a_form_and_a_wrong_token_are_refused(peer):
    assert (await call(peer, "/v1/Content", form={"language": "es"}))[0] == 415
    assert (await call(peer, MESSAGES, form={}, auth=(SID, "x"))) == (
        401,
        {"code": 20003, "message": "Authenticate", "more_info": "https://www.twilio.com/docs/errors/20003", "status": 401},
    )


async def test_statuses_come_back_signed_in_any_order_and_twice(peer, whatsapp):
    got = []

    async def take(request):
        url = f"https://minga.example.ec{request.path}"
        got.append(Request(url, dict(request.headers), await request.read(), NOW))
        return web.Response(status=204)

    app = web.Application()
    app.router.add_post("/status", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    local = f"http://127.0.0.1:{runner.addresses[0][1]}/status"
    _, message = await call(peer, MESSAGES, form={"To": TO, "From": FROM, "Body": "a"})
    peer.public = ("https://minga.example.ec", local.removesuffix("/status"))
    told = ["delivered", "sent", "delivered", "failed"]
    assert await peer.statuses(message["sid"], told, error="63016", url="https://minga.example.ec/status") == [204] * 4
    assert all(whatsapp.verify(request) for request in got)
    events = [event for request in got for raw in whatsapp.split(request) for event in whatsapp.parse(raw)]
    assert [(event.stage, event.error) for event in events if isinstance(event, Status)] == [
        ("delivered", ""),
        ("sent", ""),
        ("delivered", ""),
        ("failed", "63016"),
    ]
    await runner.cleanup()
