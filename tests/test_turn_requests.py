"""Requests in a conversation, through turn, outbox and delivery, on both databases: filed, followed, judged, and by nobody."""

import re
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.casework import filing, letters, steps
from bot.casework.files import StoredFiles
from bot.casework.filing import Filing
from bot.casework.notices import RequestDuties
from bot.casework.office import RESIDENT, Doer, Office
from bot.clock import milliseconds
from bot.flow_files import read
from bot.translations import flow_texts, load_places
from bot.turn import Turns
from bot.vocabulary import Media, Press, Start
from storage import contacts, documents, flows, media, requests, schema
from storage.attachments import Attachments
from storage.documents import Document
from tests.casework.town import LAW
from tests.world import ECUADOR, NOON, OFFICER, SURVEY, VAULT, World, languages

ROOT = Path(__file__).parents[1]
NUMBER = "593987654321"
PDF = Media("file", "b" * 32, "application/pdf", "f" * 64, 3, name="contrato.pdf")
WORDS = "Un inspector me pidió dinero en el mercado"


def shipped():
    return read(
        [ROOT / "flows" / f"{name}.yaml" for name in ("solicitud_informacion", "buzon_anonimo")],
        beside=[ROOT / "flows"], languages=languages(), translate=flow_texts(ROOT / "locales"),
    )  # fmt: skip


class Hall(World):
    """A town with a town hall: the flows that ship are open, and what is filed is a case."""

    def __init__(self, url, **more):
        super().__init__(url, SURVEY, **more)
        self.url: str = url
        channels = {"telegram": self.provider, "sms": self.sms, "whatsapp": self.whatsapp}
        self.office = Office(
            VAULT, self.database.identifiers, channels, languages(), LAW, ECUADOR, municipality="Municipio de Puyo"
        )
        self.officer = Doer("staff", 1)
        self.database.transaction_now(lambda tx: tx.run(OFFICER))
        files = shipped()
        for found in files.good.values():
            now, flow = milliseconds(self.clock.now()), found.flow
            self.database.transaction_now(lambda tx, flow=flow, found=found, now=now: _open(tx, flow, found.content, now))
        self.library._base = replace(self.library._base, consents=files.consents, places=load_places(ROOT / "locales"))
        self.database.transaction_now(self.library.renew)
        self.turns = Turns(
            self.database, VAULT, self.library, channels, self.clock,
            queued=self.deliveries.wake, erased=self._erased, accepted=self.deliveries.accepted, office=self.office,
        )  # fmt: skip

    async def says(self, person, content, **more):
        self.clock.move(timedelta(seconds=9))  # what follows at once goes on with the answer before it
        return await super().says(person, content, **more)

    def all_of(self, person, channel="telegram"):
        provider = {"telegram": self.provider, "sms": self.sms, "whatsapp": self.whatsapp}[channel]
        return [outgoing for outgoing in provider.sent if outgoing.address.identifier == person]

    def last(self, person, channel="telegram"):
        return self.all_of(person, channel)[-1].text

    async def files(self, person, what="El contrato de la obra del parque", *, channel="telegram", notify="chat", answers=()):
        """Files a request by chat and returns its number and code."""
        await self.says(person, Start("solicitud_informacion"), channel=channel)
        given = [what, "saltar", "digital", notify, *(() if channel == "sms" else ("saltar",)), "no"]
        for said in [*given, *answers, "enviar"]:
            await self.says(person, said, channel=channel)
        found = re.search(
            r"(SAIP-\d+-\d+).*?([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{5})", " ".join(o.text for o in self.all_of(person, channel)[-3:])
        )
        assert found, self.last(person, channel)
        return found[1], found[2]

    def do(self, step, number, *given, **named):
        now = named.pop("now", milliseconds(self.clock.now()))
        case = self.case(number)
        return self.database.transaction_now(lambda tx: step(tx, self.office, case.id, self.officer, *given, now=now, **named))

    def case(self, number):
        found = self.database.transaction_now(lambda tx: requests.by_number(tx, number))
        assert found is not None
        return found

    def everything(self):
        """Returns every row of every table, by the table's name."""
        with self.database_rows() as connection:
            return {
                table.name: [tuple(row) for row in connection.execute(table.select())] for table in schema.metadata.sorted_tables
            }

    def database_rows(self):
        return sa.create_engine(self.url.replace("postgresql://", "postgresql+psycopg://"), poolclass=sa.NullPool).connect()


def _open(tx, flow, content, now):
    flows.open_flow(tx, flow.flow, flow.version, content, now)


@pytest.fixture
def hall(database_url):
    opened = Hall(database_url)
    yield opened
    opened.close()


# ── filing ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_filed_by_chat_with_everything_that_the_law_asks_for(hall):
    for said in (
        Start("solicitud_informacion"), "El contrato de la obra del parque", "2025", "en papel", "correo", "saltar", "sí",
        "Rosa Guamán", "0601234567", "rosa@ejemplo.ec", "Riobamba", "enviar",
    ):  # fmt: skip
        await hall.says("rosa", said)
    case = hall.case("SAIP-2026-1")
    assert (case.kind, case.text, case.period, case.form, case.notify) == (
        "information", "El contrato de la obra del parque", "2025", "paper", "email",
    )  # fmt: skip
    assert case.place == "chimborazo.riobamba"
    assert filing.identity(hall.office, case) == {"name": "Rosa Guamán", "document": "0601234567", "email": "rosa@ejemplo.ec"}
    assert "a más tardar" in hall.heard("rosa")[-2] + hall.last("rosa")
    assert hall.one("SELECT count(*) FROM mail") == 1  # who wants to be told by e-mail is told so that way
    code = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{5}", " ".join(hall.heard("rosa")[-2:]))[0]
    assert not any(code in str(value) for row in hall.rows("SELECT value, raw FROM answer") for value in row)
    assert code not in hall.one("SELECT state FROM conversation")


async def test_once_it_is_filed_who_asked_stands_nowhere_in_the_clear(hall):
    for said in (Start("solicitud_informacion"), "El contrato de la obra", "saltar", "digital", "correo", "saltar", "sí"):
        await hall.says("rosa", said)
    for said in ("Rosa Guamán", "AB-771 903", "rosa@ejemplo.ec", "Riobamba"):
        await hall.says("rosa", said)
    assert "Rosa Guamán" in str(hall.everything())  # until then the conversation must know it
    await hall.says("rosa", "enviar")
    for told in ("Rosa Guamán", "AB-771 903", "rosa@ejemplo.ec"):
        assert [table for table, rows in hall.everything().items() if told in str(rows)] == []
    assert {row[0] for row in hall.rows("SELECT step FROM answer")} >= {"pedido", "forma"}
    assert filing.identity(hall.office, hall.case("SAIP-2026-1"))["name"] == "Rosa Guamán"


async def test_one_person_files_as_often_as_they_like(hall):
    assert (await hall.files("rosa"))[0] == "SAIP-2026-1"
    assert (await hall.files("rosa", "El presupuesto de este año"))[0] == "SAIP-2026-2"
    await hall.says("rosa", "mis solicitudes")
    assert "SAIP-2026-1" in hall.last("rosa") and "SAIP-2026-2" in hall.last("rosa")


async def test_what_is_published_is_shown_first_and_may_be_enough(hall):
    paper = Document("a", "Contrato del parque central", "El contrato del parque central de 2025.", "https://puyo.ec/parque")
    hall.database.transaction_now(lambda tx: documents.put(tx, 1, paper, now=0))
    await hall.says("rosa", Start("solicitud_informacion"))
    await hall.says("rosa", "El contrato del parque central")
    assert hall.all_of("rosa")[-1].options[0].label == "Contrato del parque central"
    await hall.presses("rosa", "hit:0")
    assert "https://puyo.ec/parque" in hall.heard("rosa")[-2]
    ended = await hall.presses("rosa", "si")
    assert ended.end == "completed"
    assert hall.one("SELECT count(*) FROM request") == 0
    assert "¿Enviar?" not in " ".join(hall.heard("rosa"))
    await hall.says("rosa", Start("solicitud_informacion"))
    await hall.says("rosa", "El contrato del parque central")
    await hall.presses("rosa", "none")
    assert "fechas" in hall.last("rosa")


async def test_by_sms_nobody_is_asked_for_what_cannot_be_sent(hall):
    number, _ = await hall.files("rosa", channel="sms")
    assert number == "SAIP-2026-1"
    assert not any("adjuntar" in sent.text for sent in hall.sms.sent)


async def test_an_attachment_goes_with_the_request(hall):
    await hall.says("rosa", Start("solicitud_informacion"))
    for said in ("El contrato de la obra", "saltar", "digital", "chat"):
        await hall.says("rosa", said)
    await hall.says("rosa", Media("image", "a" * 32, "image/png", "f" * 64, 3, name="letrero.png"))
    for said in ("no", "enviar"):
        await hall.says("rosa", said)
    case = hall.case("SAIP-2026-1")
    files = hall.database.transaction_now(lambda tx: requests.files(tx, case.id))
    assert [(file.reference, file.side) for file in files] == [("a" * 32, "resident")]


# ── following ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_shown_to_its_owner_and_on_another_channel_to_who_has_the_code(hall):
    number, code = await hall.files("rosa")
    await hall.says("rosa", number)
    assert "El contrato de la obra" in hall.last("rosa")
    await hall.says("luis", number, channel="sms")
    assert "No encuentro" in hall.last("luis", "sms")
    await hall.says("luis", f"{number} {code}", channel="sms")
    assert "El contrato de la obra" in hall.last("luis", "sms")
    assert "mensaje juntos" in hall.last("luis", "sms")
    await hall.says("luis", code.lower().replace("-", " "), channel="sms")
    assert "El contrato de la obra" in hall.last("luis", "sms")


async def test_wrong_codes_are_slowed_down_until_the_right_one_is_not_looked_at(hall):
    number, code = await hall.files("rosa")
    for _ in range(10):
        await hall.says("luis", f"{number} 0000-0000-00000")
    await hall.says("luis", f"{number} {code}")
    assert "No encuentro" in hall.last("luis")
    hall.clock.move(timedelta(hours=2))
    await hall.says("luis", f"{number} {code}")
    assert "El contrato de la obra" in hall.last("luis")


async def test_who_files_by_one_channel_and_insists_on_another_hears_there_of_it(hall):
    number, code = await hall.files("rosa")
    hall.clock.move(timedelta(days=30))
    await hall.says("luis", f"insistir {number} {code} sigo esperando", channel="sms")
    assert hall.case(number).state == "insisted"
    assert number in hall.last("luis", "sms")


async def test_an_explanation_is_simply_written_and_in_another_flow_with_the_number(hall):
    number, _ = await hall.files("rosa")
    hall.do(steps.ask, number, "¿De qué parque?")
    await hall.deliveries.run_due()
    assert hall.last("rosa").endswith("Respóndeme aquí mismo, con tus palabras.")
    await hall.says("rosa", "gracias")
    assert hall.case(number).asked_at is not None  # politeness is no explanation
    await hall.says("rosa", "1")  # nor is what answers the menu, which that brought
    assert hall.case(number).asked_at is not None
    await hall.says("rosa", "menú")
    await hall.says("rosa", Start("encuesta"))
    await hall.says("rosa", f"{number} el del barrio Obrero, el nuevo")
    assert hall.case(number).asked_at is None
    assert "aclaración" in hall.heard("rosa")[-2]
    assert "¿Cuántos años" in hall.last("rosa")
    hall.do(steps.ask, number, "¿De qué año?")
    await hall.deliveries.run_due()
    assert f"escribe «{number}»" in hall.last("rosa")


async def test_the_explanation_in_the_lobby(hall):
    number, _ = await hall.files("rosa")
    hall.do(steps.ask, number, "¿De qué parque?")
    await hall.says("rosa", "El del barrio Obrero")
    assert hall.case(number).asked_at is None
    case = hall.case(number)
    history = hall.database.transaction_now(lambda tx: requests.events(tx, case.id))
    assert (history[-1].kind, history[-1].text) == ("explain", "El del barrio Obrero")


@pytest.mark.parametrize("said", ["sí", "Sí, lo que pedí", "SAIP-2026-1 sí"])
async def test_a_word_on_the_answer_is_written_as_well(hall, said):
    number, _ = await hall.files("rosa", channel="sms")
    hall.do(steps.answer, number, "full", "Aquí está.")
    await hall.deliveries.run_due()
    assert "Responde «SAIP-2026-1 sí»" in hall.last("rosa", "sms")
    await hall.says("rosa", said, channel="sms")
    assert (hall.case(number).verdict, hall.case(number).state) == ("yes", "finished")


async def test_a_tap_takes_the_buttons_away_and_an_old_one_says_so(hall):
    number, _ = await hall.files("rosa")
    hall.do(steps.answer, number, "full", "Aquí está.")
    await hall.deliveries.run_due()
    asked = hall.all_of("rosa")[-1]
    assert asked.layout == "buttons"
    message = hall.one("SELECT max(provider_id) FROM outbox WHERE id = (SELECT max(id) FROM outbox)")
    await hall.says("rosa", Press(0, asked.options[0].name, message=message))
    assert hall.last("rosa") == f"¡Qué bueno! La {number} queda cerrada."
    edited = hall.provider.edited[-1]
    assert (edited.edits, edited.layout) == (message, "none")
    assert edited.text.endswith("✅ Sí, lo que pedí")
    await hall.says("rosa", Press(0, asked.options[2].name, message=message))
    assert hall.last("rosa") == f"Eso ya me lo habías dicho: la {number} está cerrada."
    await hall.says("luis", Press(0, asked.options[0].name))
    assert "No encuentro" in hall.last("luis")


async def test_an_answer_that_names_a_request_stays_an_answer(hall):
    number, _ = await hall.files("rosa")
    await hall.says("rosa", Start("encuesta"))
    await hall.says("rosa", "33")
    await hall.says("rosa", f"Que respondan la {number} que pedí hace un mes y no llega")
    assert hall.one("SELECT count(*) FROM answer WHERE step = 'idea' AND value <> 'null'") == 1


async def test_a_test_contact_sees_its_own_future(hall):
    await hall.says("rosa", Start("solicitud_informacion"), test=True)
    for said in ("El contrato de la obra", "saltar", "digital", "chat", "saltar", "no", "enviar"):
        await hall.says("rosa", said, test=True)
    contact = hall.one("SELECT id FROM contact")
    await hall.files("luis")
    hall.database.transaction_now(lambda tx: contacts.move_clock(tx, contact, 20 * 86_400_000))
    done = await RequestDuties(hall.database, hall.office).look(hall.clock.now())
    await hall.deliveries.run_due()
    assert done > 0
    assert "venció" in hall.last("rosa")
    assert "venció" not in hall.last("luis")
    assert [hall.case(f"SAIP-2026-{n}").overdue_at is not None for n in (1, 2)] == [True, False]
    assert await RequestDuties(hall.database, hall.office).look_for([contact], hall.clock.now()) == 0


# ── one's own data ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_is_kept_is_told_and_that_the_request_stays_after_an_erasure(hall):
    number, code = await hall.files("rosa")
    await hall.says("rosa", "mis datos")
    assert f"Solicitud {number}" in hall.last("rosa")
    await hall.says("rosa", "borrar mis datos")
    await hall.says("rosa", "sí")
    assert number in hall.last("rosa") and "dejar constancia" in hall.last("rosa")
    assert hall.case(number).contact_id is None
    await hall.says("rosa", f"{number} {code}")
    assert "El contrato de la obra" in hall.last("rosa")


# ── nobody ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def complains(hall, person=NUMBER, channel="telegram"):
    """Leaves a complaint and returns its code."""
    for said in (Start("buzon_anonimo"), "una queja", WORDS, "enviar"):
        await hall.says(person, said, channel=channel)
    return re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{5}", " ".join(o.text for o in hall.all_of(person, channel)[-2:]))[0]


FILED = {"request", "request_event", "request_file", "request_word", "request_series"}


def leads_nowhere(hall, since, until):
    """Holds that nothing leads from what was filed to who filed it, nor from anything to that person."""
    rows = hall.everything()
    assert rows["contact"] == rows["address"] == rows["conversation"] == rows["answer"] == rows["consent"] == rows["media"] == []
    known = {VAULT.find_key(hall.incoming(NUMBER, "", channel=channel).address) for channel in ("telegram", "sms")}
    filed = {
        value
        for name in FILED - {"request_series"}
        for row in rows[name]
        for value in row
        if isinstance(value, int) and value > 1 << 40
    }
    assert filed  # what was filed is there
    begins = hall.office.day_begins(since)
    for name, found in rows.items():
        for row in found:
            for value in row:
                assert not (isinstance(value, bytes) and value in known), (name, row)
                if name in FILED:
                    # no hour: neither in a time, nor in an id, whose upper bits are one
                    hour = isinstance(value, int) and (since <= value <= until or since <= value >> 22 <= until)
                    assert not hour, (name, value)
                else:
                    assert WORDS not in str(value), name
                    assert not (isinstance(value, int) and value in filed and value != begins), (name, value)
    for name in ("inbox", "outbox"):
        columns = [column.name for column in schema.metadata.tables[name].columns]
        for row in rows[name]:
            about = dict(zip(columns, row, strict=True))
            ties = {
                about.get(key) for key in ("contact_id", "conversation_id", "raw", "payload", "provider_id", "prompt_outbox_id")
            }
            assert ties == {None}, about
            assert about.get("lane", 0) == 0 and about.get("flow", "") == ""


async def test_a_complaint_is_nobodys(hall, monkeypatch):
    monkeypatch.setattr("storage.identifiers.secrets.randbelow", lambda most: most // 7)
    await hall.says(NUMBER, "hola")
    code = await complains(hall)
    case = hall.case("QJA-2026-1")
    assert (case.text, case.contact_id, case.conversation_id, case.identity, case.channel) == (WORDS, None, None, None, "")
    assert case.filed_at == hall.office.day_begins(milliseconds(hall.clock.now()))
    for now in (
        milliseconds(hall.clock.now()),
        time.time_ns() // 1_000_000,
    ):  # the town's clock, and the one that ids are made by
        leads_nowhere(hall, now - 60_000, now + 60_000)
    # who says its code sees it, writes more, and is nobody again
    hall.do(steps.answer, "QJA-2026-1", "full", "Abrimos una investigación.")
    await hall.says(NUMBER, code)
    assert "Abrimos una investigación." in hall.last(NUMBER)
    assert hall.everything()["contact"] == hall.everything()["address"] == []
    await hall.says(NUMBER, f"{code} Pasó otra vez ayer por la tarde", channel="sms")
    assert hall.last(NUMBER, "sms") == "Gracias. Agregué tu mensaje a la QJA-2026-1."
    history = hall.database.transaction_now(lambda tx: requests.events(tx, case.id))
    assert (history[-1].kind, history[-1].text) == ("hear", "Pasó otra vez ayer por la tarde")
    assert history[-1].at == case.filed_at
    rows = hall.everything()
    assert rows["contact"] == rows["address"] == []
    assert not any(row for row in hall.rows("SELECT raw, contact_id FROM inbox") if row != (None, None))
    assert not any(row for row in hall.rows("SELECT payload, contact_id FROM outbox") if row != (None, None))


async def test_without_the_code_nobody_sees_a_complaint_not_even_who_filed_it(hall):
    await complains(hall)
    for said in ("mis solicitudes", "QJA-2026-1"):
        await hall.says(NUMBER, said)
        assert WORDS[:20] not in hall.last(NUMBER)
    assert "No encuentro" in hall.last(NUMBER)


async def test_who_has_a_story_with_the_town_keeps_it_but_not_that_they_complained(hall):
    await hall.says(NUMBER, Start("encuesta"))
    await hall.says(NUMBER, "33")
    await complains(hall)
    rows = hall.everything()
    assert len(rows["contact"]) == len(rows["address"]) == 1
    assert hall.rows("SELECT flow FROM conversation") == [("encuesta",)]
    assert "buzon" not in str(hall.rows("SELECT flow, contact_id FROM outbox")) + str(rows["contact"])
    assert not any(WORDS in str(row) for name, found in rows.items() if name not in FILED for row in found)
    assert hall.rows("SELECT count(*) FROM answer WHERE step = 'mensaje'") == [(0,)]


async def test_what_was_begun_and_not_filed_is_gone_as_well(hall):
    await hall.says(NUMBER, Start("buzon_anonimo"))
    await hall.says(NUMBER, "una queja")
    await hall.says(NUMBER, WORDS)
    hall.clock.move(timedelta(days=3))
    await hall.duties.run_due()
    await hall.turns.handle(hall.incoming("otra", "hola"))
    assert hall.one("SELECT count(*) FROM conversation") == 0
    assert not any(WORDS in str(row) for found in hall.everything().values() for row in found)


async def test_the_bytes_of_a_complaint_are_in_what_was_filed_and_nowhere_else(sqlite_url):
    hall = Hall(sqlite_url)
    hall.url = sqlite_url
    await complains(hall)
    contact_words = f'"mensaje":"{WORDS}'.encode()
    file = sqlite_url.removeprefix("sqlite:///")
    assert contact_words in Path(f"{file}-wal").read_bytes()  # noqa: ASYNC240  # because nothing else runs by then
    assert hall.database.empty_log()  # once a day
    assert Path(f"{file}-wal").stat().st_size == 0  # noqa: ASYNC240  # the same
    hall.close()
    content = Path(file).read_bytes()  # noqa: ASYNC240  # because nothing else runs by then
    assert content.count(WORDS.encode()) == 2  # as the request's text and as its subject
    assert contact_words not in content
    assert NUMBER.encode() not in content
    key = VAULT.find_key(hall.incoming(NUMBER, "").address)
    assert key not in content


# ── files ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_a_channel_cannot_carry_is_behind_a_link_or_at_the_town_hall(hall):
    number, _ = await hall.files("rosa", channel="sms")
    hall.database.transaction_now(lambda tx: media.keep(tx, PDF, contact=None, conversation=None, now=0))
    hall.do(steps.answer, number, "full", "Aquí está el contrato.", files=[(PDF.reference, PDF.name)])
    await hall.deliveries.run_due()
    assert "Aquí está el contrato." in hall.last("rosa", "sms")
    assert number in hall.last("rosa", "sms")
    assert not hall.all_of("rosa", "sms")[-1].media


def test_an_address_of_a_stored_file_is_good_for_two_hours_and_cannot_be_made_up(tmp_path):
    attachments = Attachments(tmp_path)
    kept = attachments.keep(b"%PDF-", Media("file", "", "application/pdf", "", 0))
    now = [NOON]
    files = StoredFiles(attachments, VAULT, lambda: now[0])
    path = files.path(f"stored:{kept.reference}/contrato final.pdf")
    assert path is not None and path.startswith("/media/s.") and path.endswith("/contrato%20final.pdf")
    assert kept.reference not in path
    version = path.split("/")[2]
    assert files.at(version) == attachments.path(kept.reference)
    assert files.at(version[:-2] + "AA") is None
    assert files.at("s.") is files.at("s.%%%") is files.at(kept.reference) is None
    now[0] += timedelta(hours=3)
    assert files.at(version) is None
    assert files.path("stored:" + "0" * 32 + "/no.pdf") is files.path("parque.png") is None
    assert files.find("stored:../../etc/passwd") is None


def test_every_message_about_a_request_reads_whole_with_whatever_the_law_leaves_out(hall):
    bare = replace(LAW, articles={})
    assert bare.public("silence", "es") == ""
    office = replace(hall.office, law=bare, municipality="", contact="")
    made = Filing("El contrato", milliseconds(NOON))
    case = hall.database.transaction_now(lambda tx: filing.file(tx, office, made, RESIDENT)).case
    event = hall.database.transaction_now(lambda tx: requests.events(tx, case.id))[0]._replace(
        text="Texto.", data={"to": "la Prefectura", "into": "SAIP-2026-2"}
    )
    for code in ("es", "en"):
        language = office.language(code)
        keys = [key for key in language.texts if key.startswith("request.told.") and key != "request.told.why"]
        assert len(keys) > 15
        for key in keys:
            text = letters.tidy(language.say(key, **letters.places(office, case, event, language)))
            assert text and "  " not in text and " ." not in text and "\n\n\n" not in text, text
            assert "«»" not in text and ": ." not in text, text
            assert not text.endswith((":", ",")), text
