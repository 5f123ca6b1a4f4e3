from __future__ import annotations

import io
import zipfile

import pytest

from bot.web.desk.sniffing import Sort, named, sort_of


def packed(*entries: tuple[str, bytes], stored: bool = False) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return out.getvalue()


TYPES = ("[Content_Types].xml", b"<Types/>")
WORD = packed(TYPES, ("word/document.xml", b"<w/>"))
SHEET = packed(TYPES, ("xl/workbook.xml", b"<x/>"))
ODT = packed(("mimetype", b"application/vnd.oasis.opendocument.text"), ("content.xml", b"<o/>"), stored=True)


@pytest.mark.parametrize(
    ("content", "ending"),
    [
        (b"%PDF-1.7\n...", "pdf"),
        (b"\x89PNG\r\n\x1a\n....", "png"),
        (b"\xff\xd8\xff\xe0....", "jpg"),
        (b"GIF89a....", "gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "webp"),
        (b"OggS\0\2", "ogg"),
        (b"ID3\3", "mp3"),
        (b"\0\0\0\x18ftypmp42....", "mp4"),
        (b"\0\0\0\x18ftypM4A ....", "m4a"),
        (WORD, "docx"),
        (SHEET, "xlsx"),
        (ODT, "odt"),
        (packed(("rutas.shp", b"\0\1"), ("rutas.dbf", b"\3")), "zip"),
        ("año;monto\n2024;10\n2025;12\n".encode(), "csv"),
        ("año,monto\n2024,10\n".encode("cp1252"), "csv"),
        ("Acta de la sesión.\nSin novedad.".encode(), "txt"),
    ],
)
def test_what_is_taken(content, ending):
    found = sort_of(content)
    assert found is not None
    assert found.ending == ending


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"   \n",
        b"MZ\x90\0\3",
        b"MZ this is text, it says",
        b"\x7fELF\2\1",
        b"#!/bin/sh\nrm -rf /",
        b"<html><script>alert(1)</script>",
        b"  \n<!doctype html>",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old office, macros and all",
        b"PK\x03\x04 broken",
        packed(TYPES, ("word/document.xml", b""), ("word/vbaProject.bin", b"Sub AutoOpen()")),
        packed(("mimetype", b"application/vnd.oasis.opendocument.text"), ("Basic/Standard/x.xml", b""), stored=True),
        packed(("factura.pdf.exe", b"MZ")),
        packed(("adentro.zip", b"PK")),
        packed(("carpeta/Leeme.HTML", b"<script>")),
        b"text with \0 in it",
    ],
)
def test_what_is_not(content):
    assert sort_of(content) is None


def test_an_encrypted_archive_is_not_taken():
    closed = bytearray(packed(("secreto.txt", b"hola")))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        closed[closed.index(mark) + place] |= 1
    assert sort_of(bytes(closed)) is None


PDF = Sort("application/pdf", "pdf")


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("contrato.pdf", "contrato.pdf"),
        ("Contrato 2025.PDF", "Contrato 2025.pdf"),
        ("C:\\Users\\ana\\contrato.pdf", "contrato.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("contrato.exe", "contrato.pdf"),
        ("contrato.html", "contrato.pdf"),
        ("página\r\nSet-Cookie: x.pdf", "página Set-Cookie x.pdf"),
        ("", "archivo.pdf"),
        (".pdf", "pdf.pdf"),
        ("a" * 300 + ".pdf", "a" * 120 + ".pdf"),
        ("resolución v1.2", "resolución v1.2.pdf"),
    ],
)
def test_names_say_what_the_content_is(name, kept):
    assert named(name, PDF) == kept


def test_a_photograph_keeps_its_usual_ending():
    assert named("foto.jpeg", Sort("image/jpeg", "jpg", "image")) == "foto.jpeg"
