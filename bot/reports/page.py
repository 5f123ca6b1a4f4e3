"""A report as HTML: one page without script and without anything from outside, or its parts for a page of somebody else.

Every chart comes twice, drawn for a telephone and for a wide page; the style shows one of them, so that letters are never scaled.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from typing import assert_never

from bot.engine.language import Language
from bot.reports.chart import NARROW, WIDE, svg
from bot.reports.chart_drawing import NAMESPACE
from bot.reports.findings import Findings
from bot.reports.page_style import STYLE
from bot.reports.piece import Bullets, Facts, Figure, Notice, Piece, Quotes, Report, Section, Sentence, Table
from bot.reports.report import told
from bot.reports.rows import Selection

DENSE = 6
"""A table of more columns than this is set closer."""

SHORT = 9
"""A table of no more rows than this stays on one page of paper."""

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def told_page(findings: Findings, selection: Selection, language: Language, *, municipality: str, root: str) -> str:
    """Returns findings as a page in that language: see `bot.reports.report.told`."""
    return page(told(findings, selection, language, municipality=municipality, root=root))


def page(report: Report) -> str:
    """Returns a report as a page that needs nothing else."""
    kind = f'<header><p class="kind">{escape(report.kind)}</p><h1>{escape(report.title)}</h1></header>'
    return (
        f'<!doctype html>\n<html lang="{escape(report.language.replace("_", "-"))}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(report.title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"{kind}\n{fragments(report.sections)}\n<footer>{escape(report.closing)}</footer>\n</main>\n</body>\n</html>\n"
    )


def fragments(sections: Iterable[Section], level: int = 2) -> str:
    """Returns sections as HTML for a page that has the style of `bot.reports.page_style`, headings from that level on."""
    return "\n".join(part for section in sections for part in _section(section, level))


def _section(section: Section, level: int) -> Iterator[str]:
    key, kind = escape(section.key), "question" if level > 2 else "part"
    yield f'<section class="{kind}" aria-labelledby="{key}">'
    yield f'<h{level} id="{key}">{escape(section.heading)}</h{level}>'
    for piece in section.pieces:
        yield from _piece(piece, section.heading, level)
    yield "</section>"


def _piece(piece: Piece, heading: str, level: int) -> Iterator[str]:
    match piece:
        case Sentence():
            role = "" if piece.role == "plain" else f' class="{piece.role}"'
            yield f"<p{role}>{_spaced(piece.text)}</p>"
        case Notice():
            yield f'<div class="label">{"".join(f"<p>{_spaced(text)}</p>" for text in piece.texts)}</div>'
        case Facts():
            yield _facts(piece)
        case Table():
            yield _table(piece, heading)
        case Figure():
            yield _figure(piece, named=heading.endswith(piece.caption))
            if piece.tabled:
                yield _table(piece.table, heading, named=True)
        case Quotes():
            yield f"<p>{_spaced(piece.lead)}</p>"
            for quote in piece.items:
                about = f"<footer>{escape(quote.about)}</footer>" if quote.about else ""
                tongue = f' lang="{escape(quote.language.replace("_", "-"))}"' if quote.language else ""
                yield f"<blockquote><p{tongue}>{escape(quote.text)}</p>{about}</blockquote>"
        case Bullets():
            yield f"<ul>{''.join(f'<li>{_spaced(text)}</li>' for text in piece.items)}</ul>"
        case Section():
            yield from _section(piece, level + 1)
        case _:
            assert_never(piece)


def _facts(facts: Facts) -> str:
    told: list[str] = []
    for fact in facts.pairs:
        values = [f"<code>{escape(value)}</code>" if fact.code else _spaced(value) for value in fact.values]
        told.append(f"<dt>{escape(fact.name)}</dt><dd>{'<br>'.join(values)}</dd>")
    return f"<dl>{''.join(told)}</dl>"


def _figure(figure: Figure, *, named: bool) -> str:
    """Returns a chart; its caption is only seen where the heading above does not say the same (`named`)."""
    drawn = [
        svg(figure.chart, f"{figure.key}{suffix}", width, title=figure.caption, alt=figure.alt).replace(
            f'<svg xmlns="{NAMESPACE}" ', f'<svg class="chart {kind}" ', 1
        )
        for kind, suffix, width in (("narrow", "n", NARROW), ("roomy", "w", WIDE))
    ]
    caption = "" if named else f"<figcaption>{escape(figure.caption)}</figcaption>"
    return f"<figure>{caption}{''.join(drawn)}</figure>"


def _table(table: Table, heading: str, *, named: bool = False) -> str:
    """Returns a table that can be moved with the keys where it is wider than the screen; the first cell of a row is its head.

    `named`: what its caption says stands above it already, as it does where the heading says it: then it is only for whoever has
    the page read out.
    """
    told = heading.endswith(table.caption)
    name = table.caption if told else f"{heading} {table.caption}"
    columns = "".join(f'<th scope="col">{escape(head)}</th>' for head in table.heads)
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>' + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:]) + "</tr>"
        for row in table.rows
    )
    kinds = [*([] if table.numeric else ["words"]), *(["dense"] if len(table.heads) > DENSE else [])]
    short = " short" if len(table.rows) <= SHORT else ""
    kind = f' class="{" ".join(kinds)}"' if kinds else ""
    unseen = ' class="unseen"' if named or told else ""
    return (
        f'<div class="wide{short}" role="group" tabindex="0" aria-label="{escape(name)}"><table{kind}>'
        f"<caption{unseen}>{escape(table.caption)}</caption><thead><tr>{columns}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _spaced(text: str) -> str:
    """Returns a text as HTML in which a number is not parted from its "%"."""
    return escape(text).replace(" %", "\N{NO-BREAK SPACE}%")
