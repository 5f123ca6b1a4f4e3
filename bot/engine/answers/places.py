"""Places as text: coordinates in degrees, map links, and names of a gazetteer that is handed in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from rapidfuzz import fuzz, process

from bot.engine.answers.asked import new
from bot.engine.answers.folding import fold, soften, sound
from bot.engine.answers.mentions import content
from bot.engine.answers.reading import AskBack, Candidate, NotUnderstood, Reading, Sure
from bot.engine.answers.words import Lexicon
from bot.vocabulary import Value

_NUMBER = r"[-+]?\d{1,3}(?:\.\d+)?"
_PAIR = re.compile(
    rf"(?P<first>{_NUMBER})\s*°?\s*(?P<north>[a-z]+)?\s*[,;:/\s]\s*(?:[a-z]+\s*:?\s*)?"
    rf"(?P<second>{_NUMBER})\s*°?\s*(?P<east>[a-z]+)?(?=$|[^\w.]|[,.\s])"
)
_COMMA = re.compile(r"(?<=\d),(?=\d{2,}\s*(?:;|[a-z°]|\s|$))")


@dataclass(frozen=True, slots=True)
class Place:
    """A place with a name: its key in the file, its kind ("province", "canton", "parish") and the key of what it lies in.

    `alone`: the name alone is enough to know it, no other place is known to bear it.
    """

    code: str
    name: str
    kind: str
    within: str = ""
    alone: bool = True


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Places by their folded names and further names, and by how those sound in Spanish.

    `box`: south, west, north, east of the land, in degrees.
    """

    places: Mapping[str, Place] = field(default_factory=dict)
    named: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sounding: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    box: tuple[float, float, float, float] = (-5.1, -92.1, 1.7, -75.1)


def gazetteer(content: Mapping[str, Any]) -> Gazetteer:
    """Returns the gazetteer of a places file: kind → code → name, or {name, within, words}.

    Under "parishes" stand a canton's code and its parishes, under "distinct" the names of those that need no canton beside them.
    Raises ValueError where an entry has no name.
    """
    places: dict[str, Place] = {}
    named: dict[str, tuple[str, ...]] = {}
    distinct = {fold(name) for name in content.get("distinct", ())}
    for kind, code, entry in _entries(content):
        keys = entry if isinstance(entry, Mapping) else {"name": entry}
        if "name" not in keys:
            raise ValueError(f"{kind}.{code}: a name is expected, or a mapping with name, within, words")
        alone = kind != "parish" or code in content.get("parish", {}) or fold(keys["name"]) in distinct
        places[code] = Place(code, keys["name"], kind, keys.get("within", ""), alone)
        for word in (keys["name"], *keys.get("words", ())):
            key = fold(word)
            named[key] = tuple(dict.fromkeys((*named.get(key, ()), code)))
    for code, place in places.items():
        if place.within and place.within in places and places[place.within].within == "":
            named.setdefault(fold(f"{place.name} {places[place.within].name}"), (code,))  # as it is said back
    sounding: dict[str, tuple[str, ...]] = {}
    for name, codes in named.items():
        heard = sound(name).replace(" ", "")
        sounding[heard] = tuple(dict.fromkeys((*sounding.get(heard, ()), *codes)))
    return Gazetteer(places, named, sounding)


def _entries(content: Mapping[str, Any]) -> Iterable[tuple[str, str, Any]]:
    """Kind, code and what is written of each place; a parish's code is its canton's and its name."""
    for kind in ("province", "canton", "parish"):
        for code, entry in content.get(kind, {}).items():
            yield kind, code, entry
    for canton, parishes in content.get("parishes", {}).items():
        for written in parishes:
            entry = dict(written) if isinstance(written, Mapping) else {"name": written}
            yield "parish", f"{canton}.{fold(entry.get('name', ''))}", {**entry, "within": canton}


def read_place(text: str, words: Lexicon, known: Gazetteer, about: str = "") -> Reading:
    """Reads the text as a place; the value is {lat, lon, accuracy, place}, with None for what is not known.

    A place known by name is stored with all it lies in: "Cumbayá, Quito, Pichincha".

    Coordinates outside the gazetteer's land are asked back where turning or swapping them leads into it, and beside (0, 0).
    """
    pair = _pair(text, words)
    if pair is not None:
        return _coordinates(*pair, known)
    tokens = tuple(words.key("shortened", token) or token for token in fold(text).split())
    if words.anywhere("unsure", tokens) is not None:
        return AskBack("unsure")
    born = about and new(tuple(token for token in tokens if words.has("born", token)), about, words)
    return _named(tokens, text, words, known, elsewhere=bool(born))


def _pair(text: str, words: Lexicon) -> tuple[float, float, bool] | None:
    """Latitude, longitude, and whether letters tell the halves of the globe."""
    plain = soften(text).replace("º", "°")
    if "," in plain and (";" in plain or plain.count(",") in (2, 3)) and "." not in plain:
        plain = _COMMA.sub(".", plain)
    match = _PAIR.search(plain)
    if match is None:
        return None
    exact = "." in match["first"] + match["second"] or match["north"] or match["east"]
    if not exact and match[0].strip() != plain.strip():  # two whole numbers amid other words are no position
        return None
    latitude, longitude = float(match["first"]), float(match["second"])
    marked = False
    if match["north"] and words.has("south", match["north"]):
        latitude, marked = -abs(latitude), True
    if match["east"] and words.has("west", match["east"]):
        longitude, marked = -abs(longitude), True
    return latitude, longitude, marked


def _coordinates(latitude: float, longitude: float, marked: bool, known: Gazetteer) -> Reading:
    def inside(lat: float, lon: float) -> bool:
        south, west, north, east = known.box
        return south <= lat <= north and west <= lon <= east

    if inside(latitude, longitude):
        return Sure(_value(latitude, longitude))
    turned = [(lat, lon) for lat in (-abs(latitude), abs(latitude)) for lon in (-abs(longitude),) if inside(lat, lon)]
    if not turned and inside(longitude, latitude):
        turned = [(longitude, latitude)]
    valid = abs(latitude) <= 90 and abs(longitude) <= 180
    if turned and not marked:
        return _ask("place", turned)
    if not valid:
        return NotUnderstood()
    return _ask("place", [(latitude, longitude)])


def _named(tokens: tuple[str, ...], text: str, words: Lexicon, known: Gazetteer, *, elsewhere: bool) -> Reading:
    """The longest names of the gazetteer in the message: one is the place, several are asked back.

    `elsewhere`: it is said that it is another place than the one that is asked for ("nací en Otavalo"), so it is asked back.
    """
    found: list[tuple[str, ...]] = []
    spoken = {token for token in tokens if words.key("place_kinds", token) is not None}
    at = 0
    while at < len(tokens):
        size = next((n for n in range(min(6, len(tokens) - at), 0, -1) if " ".join(tokens[at : at + n]) in known.named), 0)
        if size:
            found.append(known.named[" ".join(tokens[at : at + size])])
            spoken.update(tokens[at : at + size])
        at += size or 1
    named = next((hit[0] for at in range(len(tokens)) if (hit := words.find("place_kinds", tokens, at))), None)
    codes = _narrowed(found, known, named)
    if not codes:
        return _misspelt(tokens, words, known)
    away = any(words.find("clock_spans", tokens, at) or words.find("spans", tokens, at) for at in range(len(tokens)))
    turned = away or elsewhere or any(words.anywhere(section, tokens) is not None for section in ("negation", "apart", "either"))
    place = known.places[codes[0]]
    told = place.alone or len(found) > 1  # "Ricaurte, Cuenca"
    landmark = any(words.has("landmarks", a) and b in known.named for a, b in pairwise(tokens))
    if len(codes) > 1 or turned or landmark or not told:
        return _ask_places(codes[:10], known)
    rest = any(token not in spoken for token in content(words.without("country", tokens), words))
    return Sure(_place(place, known), text.strip() if rest else "")


def _misspelt(tokens: tuple[str, ...], words: Lexicon, known: Gazetteer) -> Reading:
    """What sounds like one place alone ("riobanba") is it; what is nearly spelt like some is asked back."""
    core = content(tokens, words)
    text = " ".join(core)
    if not 4 <= len(text) <= _LONGEST or any(words.has("negation", token) for token in tokens):
        return NotUnderstood()
    heard = known.sounding.get(sound(text).replace(" ", ""), ())
    if len(heard) == 1 and known.places[heard[0]].alone:
        return Sure(_place(known.places[heard[0]], known))
    codes = tuple(dict.fromkeys((*heard, *(code for name in _names(text, known) for code in known.named[name]))))
    return _ask_places(codes[:5], known) if codes else NotUnderstood()


def _ask_places(codes: tuple[str, ...], known: Gazetteer) -> AskBack:
    places = (known.places[code] for code in codes)
    return AskBack("place", tuple(Candidate(_place(place, known), _say(place, known)) for place in places))


def _names(text: str, known: Gazetteer) -> list[str]:
    """The names nearest to the text, likeliest first."""
    return [name for name, _, _ in process.extract(text, known.named.keys(), scorer=fuzz.ratio, score_cutoff=_NEAR, limit=3)]


_LONGEST = 40
_NEAR = 80.0
"""Letters of a text that may be one misspelt name, and percent of likeness from which one is offered."""


def _narrowed(found: list[tuple[str, ...]], known: Gazetteer, kind: str | None) -> tuple[str, ...]:
    """Without places that only say where another one lies ("Mera, Pastaza" is Mera), and of the kind that is named, if one is.

    `found`: for each name in the message the places that bear it; one name alone ("Orellana") says nothing about where it lies.
    """
    several = len(found) > 1
    codes = tuple(dict.fromkeys(code for bearing in found for code in bearing))
    around = {known.places[code].within for bearing in found for code in bearing if known.places[code].within not in bearing}
    outer = {code: {fold(name) for name in _outer_names(known.places[code], known)} for code in codes}
    names = {code: fold(known.places[code].name) for code in codes}
    inner = tuple(c for c in codes if not any(names[c] in outer[d] and names[d] != names[c] for d in codes))
    told = {names[code] for code in codes if code not in inner} if several else set()
    inner = inner if several else codes
    inner = tuple(code for code in inner if outer[code] & told) or inner  # "Olmedo de Manabí" is not the one of Loja
    inner = tuple(code for code in inner if not several or code not in around) or inner  # "Puyo, Pastaza", the canton
    of_kind = tuple(code for code in inner if known.places[code].kind == kind)
    return of_kind or inner


def _outer_names(place: Place, known: Gazetteer) -> tuple[str, ...]:
    outer = known.places.get(place.within)
    return () if outer is None else (outer.name, *_outer_names(outer, known))


def _place(place: Place, known: Gazetteer) -> Value:
    return {"lat": None, "lon": None, "accuracy": None, "place": _say(place, known)}


def _say(place: Place, known: Gazetteer) -> str:
    return ", ".join((place.name, *_outer_names(place, known)))


def _value(latitude: float, longitude: float) -> dict[str, object]:
    return {"lat": latitude, "lon": longitude, "accuracy": None, "place": None}


def _ask(reason: str, pairs: Iterable[tuple[float, float]]) -> AskBack:
    return AskBack(reason, tuple(Candidate(_value(*pair), f"{pair[0]}, {pair[1]}") for pair in pairs))
