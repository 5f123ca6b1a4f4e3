"""Charts: nothing of a label is lost, nothing stands outside the picture, and a picture needs nothing else."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from xml.etree.ElementTree import Element

import pytest

from bot.reports.chart import NARROW, WIDE, Chart, svg
from bot.reports.chart_bars import Bars, Row
from bot.reports.chart_columns import Histogram
from bot.reports.chart_drawing import width_of
from bot.reports.chart_heat import Heat
from bot.reports.chart_likert import Likert, Rated
from bot.reports.chart_line import Line, Series
from bot.reports.chart_map import Circle, Map

LONG = "Alcantarillado sanitario y pluvial para las comunidades rurales de la parroquia Diez de Agosto"
HOSTILE = 'Agua <b onclick="x">&'
TICKS = ("0 %", "25 %", "50 %", "75 %", "100 %")

CHARTS: dict[str, Chart] = {
    "bars": Bars(
        (Row(LONG, "61,2 %", 0.612, 0.5, 0.7, 0.55), Row(HOSTILE, "3,0 %", 0.03, 0.0, 0.2, 0.1), Row("Luz", "oculto", None)),
        ("Sin ponderar", "Ponderado"),
        TICKS,
    ),
    "likert": Likert(
        (
            Rated(LONG, (0.1, 0.2, 0.3, 0.1, 0.2), ("10 %", "20 %", "30 %", "10 %", "20 %"), 0.1, "10 %"),
            Rated("Luz", (0.0, 0.0, 0.0, 0.0, 1.0), ("0 %", "0 %", "0 %", "0 %", "100 %")),
        ),
        ("Nada", "Poco", HOSTILE, "Bastante", LONG),
        "No sé",
    ),
    "even": Likert((Rated("Luz", (0.25, 0.25, 0.5, 0.0), ("25 %", "25 %", "50 %", "0 %")),), ("a", "b", "c", "d")),
    "line": Line(tuple(f"{day} nov" for day in range(1, 25)), (Series("Completadas", tuple(range(24))), Series("x", (25,) * 24))),
    "one day": Line(("14 nov",), (Series("Completadas", (3,)),)),
    "heat": Heat(("Puyo", LONG), ("Agua", LONG, "Luz"), ((0.5, None, 0.1), (0.0, 0.9, 1.0)), (("50,0 %", "·", "10,0 %"),) * 2),
    "map": Map(
        (
            Circle("Puyo", -1.49, -78.0, 0.5, "50,0 %"),
            Circle("Ibarra", 0.35, -78.12, 0.3, "30,0 %"),
            Circle(LONG, -0.9, -89.6, 0.2, "20,0 %"),
        )
    ),
    "near": Map((Circle("Puyo", -1.49, -78.0, 0.5, "50,0 %"), Circle("Mera", -1.46, -78.11, 0.3, "30,0 %"))),
    "histogram": Histogram(("10", "20", "30", "40"), (7, None, 12)),
}


def picture(chart: Chart, width: int) -> Element:
    return ET.fromstring(svg(chart, "k", width, title="¿Qué obra?", alt="Lo que se ve"))


def parts(root: Element, name: str) -> list[Element]:
    return list(root.iter(f"{{http://www.w3.org/2000/svg}}{name}"))


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("name", CHARTS)
def test_nothing_stands_outside_the_picture(name: str, width: int):
    root = picture(CHARTS[name], width)
    high = float(root.attrib["height"])

    assert root.attrib["viewBox"] == f"0 0 {width} {root.attrib['height']}"
    for rect in parts(root, "rect"):
        x, y, wide, tall = (float(rect.attrib[key]) for key in ("x", "y", "width", "height"))
        assert x >= 0 and y >= 0 and x + wide <= width + 0.2 and y + tall <= high + 0.1
    for dot in parts(root, "circle"):
        x, y, radius = (float(dot.attrib[key]) for key in ("cx", "cy", "r"))
        assert x - radius >= 0 and x + radius <= width and y - radius >= 0 and y + radius <= high
    for text in parts(root, "text"):
        x, size = float(text.attrib["x"]), float(text.attrib["font-size"])
        wide = width_of(text.text or "", size)
        left = x - {"start": 0.0, "middle": wide / 2, "end": wide}[text.attrib.get("text-anchor", "start")]
        assert left > -2 and left + wide < width + 2, text.text
        assert 0 < float(text.attrib["y"]) <= high


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_a_long_label_is_wrapped_and_loses_no_word(width: int):
    drawn = [text.text or "" for text in parts(picture(CHARTS["bars"], width), "text")]
    words = " ".join(drawn)

    assert LONG not in drawn and all(word in words for word in LONG.split())
    assert HOSTILE in drawn


@pytest.mark.parametrize("name", CHARTS)
def test_it_needs_nothing_else(name: str):
    root = picture(CHARTS[name], WIDE)
    text = svg(CHARTS[name], "k", WIDE, title="¿Qué obra?", alt="Lo que se ve")

    assert root.attrib["font-family"]
    assert (root[0].text, root[1].text) == ("¿Qué obra?", "Lo que se ve")
    assert root.attrib["aria-labelledby"] == root[0].attrib["id"]
    assert not any(word in text for word in ("style=", "url(", "href", "<script", "<image"))
    assert all("fill" in one.attrib for name in ("rect", "text") for one in parts(root, name))
