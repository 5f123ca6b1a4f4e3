"""The text and the head of one file: Markdown, plain text, web pages, PDF and Word."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from xml.sax.saxutils import unescape

PAGES = 1_000
"""Pages of a PDF that are read."""

_HEAD = re.compile(r"\A---[ \t]*\n(?P<head>.*?\n)?---[ \t]*(?:\n|\Z)", re.DOTALL)
_HEADING = re.compile(r"^#{1,2}[ \t]+(.+?)[ \t#]*$", re.MULTILINE)
_UNFOLDED = 60 * 1024 * 1024
"""Bytes that the text of a Word file may have when it is unpacked."""


@dataclass(frozen=True, slots=True)
class Text:
    """What a file says. `head` is the YAML before it, `title` what it calls itself, `weak` why its text could not be read."""

    text: str = ""
    title: str = ""
    head: str = ""
    head_line: int = 1
    link: str = ""
    weak: str = ""
    places: Mapping[str, str] = field(default_factory=dict)


def decoded(content: bytes) -> str:
    """Returns the text of a file in UTF-8, or as Windows writes it where it is not."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def plain(content: bytes) -> Text:
    """Reads Markdown or plain text, with or without a head between two lines of three hyphens."""
    text = decoded(content)
    head = _HEAD.match(text)
    body = text[head.end() :] if head else text
    heading = _HEADING.search(body)
    return Text(body, heading[1] if heading else "", (head["head"] or "") if head else "", 2)


def page(content: bytes) -> Text:
    """Reads a web page: its title, its own address, and what people see of it."""
    declared = re.search(rb"charset=[\"']?([\w-]+)", content[:2048])
    encoding = declared[1].decode("ascii") if declared else ""
    try:
        text = content.decode(encoding) if encoding.lower() not in ("", "utf-8", "utf8") else decoded(content)
    except (LookupError, UnicodeDecodeError):
        text = decoded(content)
    reader = _Page()
    reader.feed(text)
    reader.close()
    seen = re.sub(r"[ \t]*\n\s*", "\n", "".join(reader.seen))
    return Text(re.sub(r"[ \t]+", " ", seen).strip(), " ".join("".join(reader.title or reader.heading).split()), link=reader.link)


def pdf(content: bytes) -> Text:
    """Reads a PDF, where the extra `documents` is installed."""
    try:
        from pypdf import PdfReader
        from pypdf.errors import PyPdfError
    except ImportError:
        return Text(weak="document_no_pdf")
    import logging

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it tells of every flaw of a file; what counts is told below
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            return Text(weak="document_locked")
        text = "\n".join(one.extract_text() for one in reader.pages[:PAGES])
        title = str(reader.metadata.title or "") if reader.metadata is not None else ""
    except (
        PyPdfError,
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
        RecursionError,
        NotImplementedError,
        OSError,
    ) as error:
        return Text(weak="document_broken", places={"error": type(error).__name__})
    return Text(text, title, weak="" if text.strip() else "document_scanned")


def word(content: bytes) -> Text:
    """Reads a Word file (.docx)."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if packed.getinfo("word/document.xml").file_size > _UNFOLDED:
                return Text(weak="document_broken", places={"error": "size"})
            body = packed.read("word/document.xml").decode("utf-8")
            core = packed.read("docProps/core.xml").decode("utf-8") if "docProps/core.xml" in packed.namelist() else ""
    except (zipfile.BadZipFile, KeyError, UnicodeDecodeError, RuntimeError, OSError, NotImplementedError) as error:
        return Text(weak="document_broken", places={"error": type(error).__name__})
    lines = (
        "".join("\t" if tab else found for found, tab in re.findall(r"<w:t(?:\s[^>]*)?>([^<]*)</w:t>|(<w:tab\s*/>)", paragraph))
        for paragraph in body.split("</w:p>")
    )
    title = re.search(r"<dc:title[^>]*>([^<]*)</dc:title>", core)
    named = {"&quot;": '"', "&apos;": "'"}
    return Text(unescape("\n".join(lines), named).strip(), unescape(title[1], named) if title else "")


READERS: Mapping[str, Callable[[bytes], Text]] = {
    ".md": plain, ".txt": plain, ".html": page, ".htm": page, ".pdf": pdf, ".docx": word,
}  # fmt: skip
"""What the name of a file ends in → what reads it."""


class _Page(HTMLParser):
    _HIDDEN = frozenset({"script", "style", "noscript", "template", "svg", "nav", "header", "footer"})
    _BLOCKS = frozenset({"p", "div", "li", "br", "tr", "h1", "h2", "h3", "h4", "section", "article", "table", "ul", "ol"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[str] = []
        self.title: list[str] = []
        self.heading: list[str] = []
        self.link = ""
        self._hidden = 0
        self._in = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag in self._HIDDEN:
            self._hidden += 1
        elif tag == "link" and (told.get("rel") or "").lower() == "canonical":
            self.link = (told.get("href") or "").strip()
        elif tag in ("title", "h1") and not (tag == "h1" and self.heading):
            self._in = tag
        if tag in self._BLOCKS:
            self.seen.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        if tag == self._in:
            self._in = ""
        if tag in self._BLOCKS:
            self.seen.append("\n")

    def handle_data(self, data: str) -> None:
        if self._in == "title":
            self.title.append(data)
        elif not self._hidden:
            if self._in == "h1":
                self.heading.append(data)
            self.seen.append(data)
