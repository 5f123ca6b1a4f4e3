"""Every dialogue of this folder, played through database, turn, outbox and delivery, says what its file says."""

import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
import yaml

from bot.channels.abilities import LOOKS
from bot.chat import dialogue
from bot.chat.events import Ended, Said, Stored
from bot.chat.recording import Steady
from bot.chat.script import ScriptError
from bot.chat.stage import Scene, in_memory
from bot.chat.talk import Talk
from bot.engine.answers.words import control, is_word, language_named
from bot.engine.flow import Enter, Step, StepType
from bot.engine.state import decode, encode
from bot.flow_files import read
from bot.translations import flow_texts, load_languages, load_places

HERE = Path(__file__).parent
LOCALES = HERE.parents[1] / "locales"
CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{5}\b")
"""The code of a request: another one each time, so that a dialogue shows and types `dialogue.HIDDEN` for it."""
DIALOGUES = sorted(HERE.glob("*.txt"))


@pytest.fixture(scope="module")
def languages():
    return load_languages(LOCALES)


@pytest.fixture(scope="module")
def places():
    return load_places(LOCALES)


def through_json():
    """Returns the steady engine, with the conversation written and read back before each turn and after it, and asked twice."""
    steady = Steady()

    def step(catalogue, conversation, inbound, now):
        before = encode(conversation)
        after, effects = steady(catalogue, decode(before), inbound, now)
        again, same = steady(catalogue, conversation, inbound, now)
        assert (encode(after), effects) == (encode(again), same)
        assert encode(conversation) == before
        return decode(encode(after)), effects

    return step


def flows_of(told, languages):
    """Returns the flows that are open, the one that is played first, and the consent texts."""
    files = [
        (HERE / name.strip()).resolve() for key in ("flow", "open") if key in told.head for name in told.head[key].split(",")
    ]
    beside = list(dict.fromkeys(file.parent for file in files))
    found = read(files, beside=beside, languages=languages, translate=flow_texts(LOCALES))
    assert [problem for problem in found.problems if problem.severity == "error"] == []
    by_file = {Path(loaded.file): loaded for loaded in found.good.values()}
    return [by_file[file] for file in files], found.consents


async def played(told, languages, places):
    """Returns what happened: the events of the start and of each input; an error of the player is a text."""
    flows, consents = flows_of(told, languages)
    zone = ZoneInfo(told.head.get("zone", "America/Guayaquil"))
    scene = Scene(
        languages,
        zone,
        look=told.head.get("channel", "console"),
        language=told.head.get("lang"),
        now=datetime.fromisoformat(told.head.get("now", "2026-11-22T09:00")).replace(tzinfo=zone),
        municipality=told.head.get("municipality", "Riobamba"),
        contact=told.head.get("contact", "Calle 5 de Junio, de 8 a 17"),
        dated=told.head.get("dates") == "count",
        consents=consents,
        places=places,
        step=through_json(),
    )
    with in_memory(scene, *flows) as parts:
        talk = Talk(replace(parts, folder=HERE, flow=told.head.get("start", parts.flow)))
        turns, codes = [await talk.begin()], []
        for _, written in told.inputs:
            codes += [code for event in turns[-1] if isinstance(event, Said) for code in CODE.findall(event.message.text)]
            said = written.replace(dialogue.HIDDEN, codes[-1] if codes else dialogue.HIDDEN)  # the code that was told last
            try:
                turns.append(await talk.play(dialogue.line_of(said)))
            except ScriptError as error:
                turns.append([languages["es"].say(f"chat.error.{error.code}", **error.places)])
    return turns


@pytest.mark.parametrize("file", DIALOGUES, ids=lambda file: file.stem)
async def test_dialogue(file, languages, places, pytestconfig):
    text = file.read_text("utf-8")
    told = dialogue.read(text)
    now = dialogue.told(told, await played(told, languages, places))
    if pytestconfig.getoption("--update", default=False):
        file.write_text(now, "utf-8")
    else:
        assert now == text, "if the new words are right: pytest tests/conversations --update"


# ── nothing is left out ──────────────────────────────────────────────────────────────────────────────────────────────


async def seen(languages, places):
    """Returns all that happens in some dialogue, as (what, which)."""
    found = set()
    for file in DIALOGUES:
        told = dialogue.read(file.read_text("utf-8"))
        look = told.head.get("channel", "console")
        flows, _ = flows_of(told, languages)
        types = {node.name: node.type for one in flows for node in one.flow.program if isinstance(node, Step)}
        found |= {("flow", name) for name in _features([one.flow for one in flows])}
        known = tuple(languages.values())
        for _, said in told.inputs:
            found.add(("does", said.split()[1] if said.startswith("=") else "press" if said.startswith("> [") else "write"))
            if said.startswith("> "):
                text = said[2:]
                found |= {("control", control(known, text)), ("names", language_named(known, text))}
                found |= {("leaves out", section) for section in ("skip", "refuse") if is_word(known, section, text)}
        for events in await played(told, languages, places):
            for event in events:
                match event:
                    case Said(message):
                        found |= {("asked", types.get(message.step)), (look, message.layout), ("says", message.step)}
                        found |= {("language", message.language)}
                    case Stored():
                        found |= {("stored", types.get(event.name)), ("empty", event.empty), ("again", bool(event.at))}
                    case Ended(outcome):
                        found.add(("ends", outcome))
    return found


def _features(flows):
    for flow in flows:
        names = ("review", "anonymous", "consent", "reminders", "expires", "closes", "opens", "links", "words")
        yield from (name for name in names if getattr(flow, name))
        yield f"edit {flow.edit}"
        for node in flow.program:
            if isinstance(node, Enter):
                yield "repeat_count" if node.count else "repeat_while" if node.while_ else "group"
            elif isinstance(node, Step):
                names = ("choice_filter", "other", "default", "media", "not_understood", "hint", "read_only", "top", "relevant")
                yield from (name for name in names if getattr(node, name))
                yield from ["random"] * (node.order == "random") + ["call"] * ("." in node.name) + [f"then {node.retries.then}"]


TYPES = set(get_args(StepType)) - {"group", "call"}
CONTROLS = set(yaml.safe_load((LOCALES / "es" / "words.yaml").read_text("utf-8"))["control"])
LOOKED = {
    "telegram": {"buttons"},
    "whatsapp": {"buttons", "list", "numbered"},
    "sms": {"numbered"},
    "console": {"buttons", "numbered"},
}
"""How each channel may show options."""


async def test_no_type_of_step_no_control_word_and_no_channel_is_without_a_dialogue(languages, places):
    found = await seen(languages, places)
    assert len(DIALOGUES) >= 60
    assert set(LOOKED) == set(LOOKS)

    def lack(what, *which):
        return [one for one in which if (what, one) not in found]

    silent = {"calculate", "do"}
    assert lack("asked", *sorted(TYPES - silent)) == []
    assert lack("stored", *sorted(TYPES - {"note", "do"})) == []
    assert lack("control", *sorted(CONTROLS)) == []
    assert lack("names", "es", "en", "qu_EC", "jiv") == []
    assert lack("leaves out", "skip", "refuse") == []
    assert [(look, layout) for look, layouts in LOOKED.items() for layout in sorted(layouts) if (look, layout) not in found] == []
    assert lack("does", "write", "press", "wait", "location", "file", "start", "restart", "text") == []
    assert lack("ends", "completed", "partial", "refused", "stopped") == []
    assert lack("empty", "skipped", "refused", "not_asked", None) == []
    assert lack("again", True, False) == []
    assert lack("language", "es", "en", "qu") == []
    flows = (
        "review", "anonymous", "consent", "reminders", "expires", "closes", "opens", "links", "words", "edit no",
        "edit until_close",
        "repeat_count", "repeat_while", "group", "choice_filter", "other", "default", "media", "not_understood", "hint",
        "read_only", "top", "relevant", "random", "call", "then skip", "then end", "then staff",
    )  # fmt: skip
    assert lack("flow", *flows) == []
    # what is said on the way: the product's own questions, and its own words
    assert lack("says", "consent", "language", "leave", "review", "edit", "erase", "menu") == []
    words = (
        "help", "stopped", "resumed", "stopped.hint", "my_data", "erased", "erase.kept", "language.missing", "language.only",
        "language.changed", "reminder", "resume", "closed", "not_yet", "old_button", "handed_over", "edit.nothing",
        "corrected", "already", "back.first", "completed", "consent.declined", "not_acknowledged", "way_out.skip", "way_out.end",
        "link.code", "link.unknown",
    )  # fmt: skip
    assert lack("says", *words) == []
