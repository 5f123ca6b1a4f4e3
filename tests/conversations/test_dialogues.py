"""Every dialogue of this folder, played through database, turn, outbox and delivery, says what its file says."""

import hashlib
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.chat.events import as_json
from bot.chat.script import ScriptError, line
from bot.chat.stage import Scene, in_memory
from bot.chat.talk import Talk
from bot.engine.conversation import advance
from bot.flow_files import read
from bot.translations import load_languages
from tests.conversations import dialogue

HERE = Path(__file__).parent
DIALOGUES = sorted(HERE.glob("*.txt"))
ZONE = ZoneInfo("America/Guayaquil")


@pytest.fixture(scope="module")
def languages():
    return load_languages(HERE.parents[1] / "locales")


def steady(catalogue, conversation, inbound, now):
    """The engine, with a seed that is the same each time: orders drawn by lot and receipts are those of the file."""
    seed = hashlib.sha256(f"{conversation.flow} {conversation.sequence}".encode()).hexdigest()[:32]
    if conversation.turns == 0:
        conversation = replace(conversation, seed=seed)
    return advance(catalogue, conversation, inbound, now)


async def played(told, languages):
    """Returns what happened: the events of the start and of each input."""
    flow = (HERE / told.head["flow"]).resolve()
    files = read([flow], beside=[flow.parent], languages=languages, translate=None)
    assert [problem for problem in files.problems if problem.severity == "error"] == []
    [loaded] = files.good.values()
    now = datetime.fromisoformat(told.head.get("now", "2026-11-22T09:00")).replace(tzinfo=ZONE)
    scene = Scene(
        languages,
        ZONE,
        look=told.head.get("channel", "console"),
        language=told.head.get("lang"),
        now=now,
        municipality="Riobamba",
        contact="Calle 5 de Junio, de 8 a 17",
        consents=files.consents,
        step=steady,
    )
    with in_memory(scene, loaded) as parts:
        talk = Talk(replace(parts, folder=HERE))
        turns = [[as_json(event) for event in await talk.begin()]]
        for _, said in told.inputs:
            try:
                turns.append([as_json(event) for event in await talk.play(line(dialogue.line_of(said)))])
            except ScriptError as error:
                turns.append([{"error": languages["es"].say(f"chat.error.{error.code}", **error.places)}])
    return turns


def test_there_are_dialogues():
    assert len(DIALOGUES) >= 20


@pytest.mark.parametrize("file", DIALOGUES, ids=lambda file: file.stem)
async def test_dialogue(file, languages, pytestconfig):
    text = file.read_text("utf-8")
    told = dialogue.read(text)
    now = dialogue.told(told, await played(told, languages))
    if pytestconfig.getoption("--update", default=False):
        file.write_text(now, "utf-8")
    else:
        assert now == text, "if the new words are right: pytest tests/conversations --update"
