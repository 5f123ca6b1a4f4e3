from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from bot.web.app import build_app
from bot.web.pages import HERE

JSON = {"Content-Type": "application/json"}


async def test_every_answer_is_locked_down(plain):
    for path, status in (("/", 200), ("/healthz", 200), ("/nothing", 404), ("/simulator/stream?look=x", 400)):
        answer = await plain.get(path)
        assert answer.status == status
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Server"] == "minga"


async def test_the_stream_is_locked_down_too(plain):
    await plain.get("/")
    async with plain.get("/simulator/stream?look=sms") as answer:
        assert answer.status == 200
        assert "Content-Security-Policy" in answer.headers


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Origin": "http://[broken"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://elsewhere.example"},
    ],
)
async def test_what_another_site_sends_is_refused(plain, headers):
    answer = await plain.post("/simulator/person", data="{}", headers={**JSON, **headers})
    assert answer.status == 403
    assert "otra página" in (await answer.json())["error"]
    assert "Set-Cookie" not in answer.headers


async def test_our_own_page_and_programs_may_write(plain):
    here = f"http://{plain.host}:{plain.port}"
    for headers in ({}, {"Origin": here}, {"Sec-Fetch-Site": "same-origin", "Origin": here}, {"Sec-Fetch-Site": "none"}):
        assert (await plain.post("/simulator/person", data="{}", headers={**JSON, **headers})).status == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
async def test_what_a_form_could_send_is_refused(plain, kind):
    answer = await plain.post("/simulator/person", data="{}", headers={"Content-Type": kind})
    assert answer.status == 415
    assert "JSON" in (await answer.json())["error"]


async def test_errors_are_pages_for_people_and_json_for_the_page(plain):
    answer = await plain.get("/nada?lang=en", headers={"Accept": "text/html"})
    assert answer.status == 404
    text = await answer.text()
    assert '<html lang="en">' in text
    assert "does not exist" in text
    answer = await plain.delete("/", headers={**JSON, "Accept": "text/html"})
    assert answer.status == 405
    assert "GET" in answer.headers["Allow"]
    assert "no acepta" in await answer.text()
    answer = await plain.get("/simulator/nada")
    assert (await answer.json())["error"].startswith("Esa página no existe")


async def test_a_fault_of_ours_is_told_kindly_and_logged_without_what_was_written(small, caplog):
    from aiohttp.test_utils import TestClient, TestServer

    def broken():
        raise RuntimeError("secreto de María")

    class Turns:
        async def handle(self, incoming):
            broken()

    with capture_logs() as logs:
        async with TestClient(TestServer(build_app(small.but(turns=Turns()).world))) as client:
            await client.get("/")
            body = b'{"id": "a", "look": "sms", "language": "es", "does": {"text": "hola"}}'
            answer = await client.post("/simulator/messages", data=body, headers=JSON)
            assert answer.status == 500
            assert "error de este programa" in (await answer.json())["error"]
    assert [log["event"] for log in logs] == ["page_failed"]
    assert logs[0]["where"][-1].endswith("broken")
    assert "María" not in str(logs)
    assert "María" not in caplog.text


async def test_a_database_that_does_not_take_it_answers_503_and_the_message_may_come_again(small):
    from aiohttp.test_utils import TestClient, TestServer

    from storage.database import UnavailableError

    class Turns:
        async def handle(self, incoming):
            raise UnavailableError("full")

    async with TestClient(TestServer(build_app(small.but(turns=Turns()).world))) as client:
        await client.get("/")
        body = b'{"id": "a", "look": "sms", "language": "es", "does": {"text": "hola"}}'
        answer = await client.post("/simulator/messages", data=body, headers=JSON)
        assert answer.status == 503
        assert answer.headers["Retry-After"] == "1"


async def test_static_files_are_served_for_good_by_their_content_and_nothing_else_is(plain):
    page = await (await plain.get("/")).text()
    address = page.split('rel="stylesheet" href="')[1].split('"')[0]
    answer = await plain.get(address)
    assert answer.content_type == "text/css"
    assert "immutable" in answer.headers["Cache-Control"]
    assert (await plain.get("/static/old/page.css")).headers["Cache-Control"] == "no-cache"
    for name in ("nothing.js", "..%2f..%2fapp.py", "%2e%2e/app.py"):
        assert (await plain.get(f"/static/x/{name}")).status == 404
    names = [file.name for file in (HERE / "static").iterdir()]
    assert len(names) > 8
    for name in names:
        assert (await plain.get(f"/static/x/{name}")).status == 200


async def test_the_page_asks_nothing_of_anybody_else(plain):
    """No address of another host in what we serve (but the namespace of SVG, which is a name, not an address)."""
    texts = [await (await plain.get("/")).text()]
    texts += [file.read_text(encoding="utf-8") for file in (HERE / "static").iterdir()]
    assert len(texts) > 8
    for text in texts:
        rest = text.replace("http://www.w3.org/2000/svg", "")
        assert "http://" not in rest
        assert "https://" not in rest
        assert 'src="//' not in rest
    assert "<script>" not in texts[0]
    assert " style=" not in texts[0]


async def test_pages_are_in_spanish_unless_another_language_is_chosen(plain):
    answer = await plain.get("/", headers={"Accept": "text/html", "Accept-Language": "en-GB,en;q=0.9"})
    assert '<html lang="es">' in await answer.text()
