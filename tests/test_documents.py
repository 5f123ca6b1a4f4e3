"""Documents that are published: read from what a town hall has, told where they are wrong, found by what people write."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.documents import Read, read
from bot.documents.fetching import fetch
from bot.documents.found import Found
from storage import documents
from storage.database import Database
from storage.documents import Document

HEAD = '---\ntitle: "Contratos de obra: Parque Central 2025"\nlink: https://puyo.gob.ec/parque\nfecha: 14/03/2025\n---\n'


def told(found: Read) -> list[tuple[str, int, str, str]]:
    return [(Path(one.file).name, one.line, one.severity, one.code) for one in found.problems]


def pdf(text: str) -> bytes:
    """A PDF of one page that says that."""
    stream = f"BT /F1 12 Tf 40 700 Td ({text}) Tj ET".encode("latin-1")
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(out + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % start)


def docx(*paragraphs: str) -> bytes:
    body = "".join(f"<w:p><w:r><w:t>{one}</w:t></w:r></w:p>" for one in paragraphs)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("word/document.xml", f"<w:document><w:body>{body}</w:body></w:document>")
    return out.getvalue()


def test_a_folder_of_files_is_read_with_heads_inside_and_beside(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "parque.md").write_text(HEAD + "# Otro\nCon sus anexos.", encoding="utf-8")
    (tmp_path / "sub" / "presupuesto_2025.txt").write_bytes("Año 2025: ingresos".encode("cp1252"))
    (tmp_path / "agua.html").write_text(
        "<title>Tasas de agua</title><link rel=canonical href='https://x.ec/agua'><script>no()</script><p>Tarifa &amp; uso</p>"
    )
    (tmp_path / "acta.pdf").write_bytes(pdf("Acta de la sesi\u00f3n"))
    (tmp_path / "acta.yaml").write_text("titulo: Acta del concejo\nfecha: 2026\n", encoding="utf-8")
    (tmp_path / "oficio.docx").write_bytes(docx("Oficio &amp; anexo", "Segunda línea"))
    (tmp_path / "foto.jpg").write_bytes(b"x")
    (tmp_path / ".oculto.md").write_text("no")
    found = read(tmp_path, base="https://puyo.gob.ec/docs")
    assert found.problems == () and found.skipped == 1
    by_place = {one.place: one for one in found.found}
    assert set(by_place) == {"parque.md", "sub/presupuesto_2025.txt", "agua.html", "acta.pdf", "oficio.docx"}
    park = by_place["parque.md"]
    assert (park.title, park.link, park.date) == (
        "Contratos de obra: Parque Central 2025", "https://puyo.gob.ec/parque", "2025-03-14",
    )  # fmt: skip
    assert "anexos" in park.text and "fecha" not in park.text
    budget = by_place["sub/presupuesto_2025.txt"]
    assert (budget.title, budget.link) == ("Presupuesto 2025", "https://puyo.gob.ec/docs/sub/presupuesto_2025.txt")
    assert budget.text == "Año 2025: ingresos"
    water = by_place["agua.html"]
    assert (water.title, water.link) == ("Tasas de agua", "https://x.ec/agua")
    assert "Tarifa & uso" in water.text and "no()" not in water.text
    assert by_place["acta.pdf"].title == "Acta del concejo" and "Acta de la sesión" in by_place["acta.pdf"].text
    assert by_place["acta.pdf"].date == "2026"
    assert by_place["oficio.docx"].text == "Oficio & anexo\nSegunda línea"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("l.csv", 'Título;Enlace;Fecha\n"Plan; de obras";https://x.ec/plan;2025\nActas;https://x.ec/actas;\n'),
        ("l.csv", 'title,link,date\n"Plan; de obras",https://x.ec/plan,2025\nActas,https://x.ec/actas,\n'),
        (
            "l.yaml",
            "# lo publicado\n- {title: Plan; de obras, link: https://x.ec/plan, date: 2025}\n- title: Actas\n  url: https://x.ec/actas\n",
        ),
        (
            "l.yaml",
            "documents:\n  - {title: Plan; de obras, link: https://x.ec/plan, date: 2025}\n  - {title: Actas, link: https://x.ec/actas}\n",
        ),
        (
            "l.json",
            '[{"title": "Plan; de obras", "link": "https://x.ec/plan", "date": "2025"},\n{"title": "Actas", "link": "https://x.ec/actas"}]',
        ),
        (
            "l.json",
            '{"documents": [{"title": "Plan; de obras", "link": "https://x.ec/plan", "date": 2025}, {"title": "Actas", "link": "https://x.ec/actas"}]}',
        ),
        ("l.md", "# Enlaces\n\n- [Plan; de obras](https://x.ec/plan)\n- Actas: https://x.ec/actas\n"),
    ],
)
def test_a_list_is_read_however_it_is_written(name, content, tmp_path):
    (tmp_path / name).write_text(content, encoding="utf-8")
    found = read(tmp_path / name)
    assert found.problems == ()
    assert [(one.title, one.link) for one in found.found] == [
        ("Plan; de obras", "https://x.ec/plan"),
        ("Actas", "https://x.ec/actas"),
    ]
    assert name == "l.md" or found.found[0].date == "2025"


@pytest.mark.parametrize(
    ("name", "content", "wrong"),
    [
        (
            "l.csv",
            "titulo;enlace\nA;https://x.ec\n;https://y.ec\nB;ftp://z\nC;\n",
            [(3, "document_title"), (4, "document_link"), (5, "document_nothing")],
        ),
        ("l.csv", "nombre;color\nA;rojo\n", [(1, "document_column"), (2, "document_nothing")]),
        ("l.csv", "color;forma\nA;b\n", [(1, "document_columns")]),
        ("l.csv", "title;link\nA;https://x.ec;más\n", [(2, "document_cells")]),
        ("l.csv", 'title;link\n"A;https://x.ec\n', [(2, "document_csv")]),
        ("l.csv", "title;link\nA;https://x.ec\nB;https://x.ec\n", [(3, "document_twice")]),
        ("l.csv", "title;link;date\nA;https://x.ec;32/01/2025\n", [(2, "document_date")]),
        ("l.csv", "title;file\nA;../secreto.txt\n", [(2, "document_no_file")]),
        ("l.csv", "", [(1, "document_columns")]),
        ("l.yaml", "- title: A\n  link: https://x.ec\n- solo texto\n", [(3, "document_entry")]),
        ("l.yaml", "cosas: 1\n", [(1, "document_list")]),
        ("l.json", '[{"title": "A", "link": "https://x.ec"},\n\n{"title": "B"}]', [(3, "document_nothing")]),
        ("l.json", '[{"title": "A"\n', [(2, "document_json")]),
        ("l.json", '"hola"', [(1, "document_list")]),
        ("l.exe", "x", [(1, "document_kind")]),
    ],
)
def test_what_is_wrong_with_a_list_is_told_by_its_line(name, content, wrong, tmp_path):
    (tmp_path / "secreto.txt").write_text("x")
    folder = tmp_path / "listas"
    folder.mkdir()
    (folder / name).write_text(content, encoding="utf-8")
    found = read(folder / name)
    assert [(line, code) for _, line, _, code in told(found)] == wrong
    assert found.fatal


def test_files_that_cannot_be_read_are_found_by_their_title(tmp_path):
    (tmp_path / "roto.pdf").write_bytes(b"%PDF-1.4 nada")
    (tmp_path / "escaneo.pdf").write_bytes(pdf(""))
    (tmp_path / "roto.docx").write_bytes(b"PK nada")
    (tmp_path / "mala.md").write_text("---\ntitle: [a\n---\nx", encoding="utf-8")
    found = read(tmp_path)
    codes = {(file, code): severity for file, _, severity, code in told(found)}
    assert codes["roto.pdf", "document_broken"] == codes["escaneo.pdf", "document_scanned"] == "warning"
    assert codes["roto.docx", "document_broken"] == "warning"
    assert any(file == "mala.md" and severity == "error" for (file, _), severity in codes.items())
    assert {"Roto", "Escaneo"} <= {one.title for one in found.found}


def test_an_empty_folder_says_what_is_read(tmp_path):
    assert told(read(tmp_path)) == [(tmp_path.name, 1, "error", "document_empty")]


# ── fetched because somebody asked for it ────────────────────────────────────────────────────────────────────────────


async def test_links_are_fetched_within_bounds_and_the_missed_ones_told():
    async def good(_: web.Request) -> web.Response:
        return web.Response(text="<title>T</title><p>Contrato del parque</p>", content_type="text/html")

    async def picture(_: web.Request) -> web.Response:
        return web.Response(body=b"x", content_type="image/png")

    async def endless(_: web.Request) -> web.Response:
        return web.Response(body=b"x" * (26 * 1024 * 1024), content_type="text/plain")

    app = web.Application()
    app.add_routes([web.get("/a", good), web.get("/b", picture), web.get("/c", endless)])
    async with TestServer(app) as server:
        wanted = [Found(name, "", str(server.make_url(f"/{name}")), "", name, "l.csv", 1) for name in "abcd"]
        kept = Found("e", "ya tiene", "http://127.0.0.1:9/e", "", "e", "l.csv", 1)
        away = Found("f", "", "http://127.0.0.1:9/f", "", "f", "l.csv", 1)
        found, missed = await fetch([*wanted, kept, away])
    assert [one.title for one in found] == ["a", "b", "c", "d", "e", "f"]
    assert "Contrato del parque" in found[0].text and found[4] is kept
    assert {one.document.title: (one.why, one.detail) for one in missed} == {
        "b": ("kind", "image/png"), "c": ("large", "25"), "d": ("status", "404"), "f": ("unreachable", "ClientConnectorError"),
    }  # fmt: skip


# ── found ────────────────────────────────────────────────────────────────────────────────────────────────────────────

TITLES = [
    "Contratos de obra: Parque Central 2025",
    "Contratos de consultoría 2024",
    "Presupuesto participativo 2025",
    "Presupuesto aprobado del ejercicio fiscal 2026",
    "Resolución administrativa 045-GADMP-2024",
    "Ordenanza que regula las tasas de agua potable",
    "Ordenanza de uso y gestión del suelo",
    "Actas de sesiones del concejo 2025",
    "Plan anual de contratación 2026",
    "Rendición de cuentas 2025",
    "Nómina de servidores públicos y remuneraciones",
    "Permisos de construcción emitidos 2025",
    "Plan de desarrollo y ordenamiento territorial",
    "Inventario de parques y áreas verdes",
]


def filled(database: Database) -> None:
    def work(tx):
        for number, title in enumerate(TITLES, 1):
            documents.put(tx, number, Document(f"d/{number}", title, f"Documento oficial: {title}", "", "2025", "d"), now=1)

    database.transaction_now(work)


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        ("contrato del parque", "Contratos de obra: Parque Central 2025"),
        ("Quiero el CONTRATO de la obra del parque central", "Contratos de obra: Parque Central 2025"),
        ("resolucion 045", "Resolución administrativa 045-GADMP-2024"),
        ("ordenanzas agua", "Ordenanza que regula las tasas de agua potable"),
        ("acta de sesión del concejo", "Actas de sesiones del concejo 2025"),
        ("sueldos y remuneración de los servidores", "Nómina de servidores públicos y remuneraciones"),
        ("permiso de construccion", "Permisos de construcción emitidos 2025"),
        ("presupuesto 2026", "Presupuesto aprobado del ejercicio fiscal 2026"),
        ("rendicion cuentas", "Rendición de cuentas 2025"),
        ("quiero saber cuánto es la tasa del agua", "Ordenanza que regula las tasas de agua potable"),
    ],
)
def test_people_find_what_is_published_in_their_own_words(database, asked, first):
    filled(database)
    hits = database.transaction_now(lambda tx: documents.search(tx, asked, limit=5))
    assert hits and hits[0].title == first, [hit.title for hit in hits]


@pytest.mark.parametrize(
    "asked", ["xilófono marciano", "", "de la el", "?!", 'a" OR "b', "parque & | ! ( ) : *", "hola buenos días vecinos"]
)
def test_nonsense_finds_nothing_and_breaks_nothing(database, asked):
    filled(database)
    hits = database.transaction_now(lambda tx: documents.search(tx, asked, limit=5))
    assert [hit.title for hit in hits if "arque" not in asked] == []


def test_a_source_is_replaced_and_the_others_stay(database):
    def put(tx, source, titles, now):
        for title in titles:
            documents.put(tx, database.identifiers.next(), Document(f"{source}\n{title}", title, title, "", "", source), now=now)
        return documents.drop_others(tx, source, before=now)

    run = database.transaction_now
    assert run(lambda tx: put(tx, "a", ["Uno", "Dos"], 1)) == 0
    assert run(lambda tx: put(tx, "b", ["Tres"], 1)) == 0
    assert run(lambda tx: put(tx, "a", ["Dos", "Cuatro"], 2)) == 1
    assert [(one.source, one.documents, one.loaded_at) for one in run(documents.sources)] == [("a", 2, 2), ("b", 1, 1)]
    assert [hit.title for hit in run(lambda tx: documents.search(tx, "uno", limit=5))] == []
    assert [hit.title for hit in run(lambda tx: documents.search(tx, "cuatro", limit=5))] == ["Cuatro"]
    assert run(lambda tx: documents.forget(tx, "a")) == 2
    assert run(documents.count) == 1
