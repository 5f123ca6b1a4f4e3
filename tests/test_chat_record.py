"""`minga chat --record`: what is played is kept as a dialogue that says the same when it is played again."""

import asyncio
import io
from dataclasses import replace
from pathlib import Path

import pytest

from bot.chat import Asked, ChatRefused, House, dialogue, play
from bot.chat.script import Act, Restart, ScriptError, Wait, duration
from bot.settings import Settings
from bot.translations import load_languages, load_places
from tests.conversations.test_dialogues import played

ROOT = Path(__file__).parents[1]
FLOWS = ROOT / "tests" / "conversations" / "flows"
PICTURE = ROOT / "tests" / "conversations" / "bache.png"


class Typing(io.StringIO):
    """A stream at which a person sits."""

    def isatty(self):
        return True


@pytest.fixture(scope="module")
def languages():
    return load_languages(ROOT / "locales")


@pytest.fixture
def house(tmp_path, languages):
    settings = Settings(data=tmp_path / "data", flows=tmp_path / "flows", municipality="Mera", contact="")
    return House(settings, ROOT / "locales", ROOT / "flows", languages["es"], io.StringIO(), io.StringIO(), io.StringIO())


def recorded(house, flow, lines, record, source=io.StringIO, **more):
    house = replace(house, source=source("".join(f"{line}\n" for line in lines)), out=io.StringIO(), err=io.StringIO())
    assert play(Asked(str(FLOWS / f"{flow}.yaml"), record=record, **more), house) == 0
    return house


def again(record, languages):
    """What the recorded dialogue tells when it is played anew."""
    told = dialogue.read(record.read_text("utf-8"))
    told.head["flow"] = str((record.parent / told.head["flow"]).resolve())
    written = dict(told.head)
    text = dialogue.told(told, asyncio.run(played(told, languages, load_places(ROOT / "locales"))))
    return written, text.replace(f"flow: {told.head['flow']}", f"flow: {dialogue.read(record.read_text('utf-8')).head['flow']}")


@pytest.mark.parametrize("source", [io.StringIO, Typing])
def test_what_was_recorded_comes_out_the_same_when_it_is_played_again(house, tmp_path, languages, source):
    record = tmp_path / "opciones.txt"
    lines = ["la 2", "no sé", "radio", "/esperar 90m", "menú", "1", "ayuda", "2 1"]
    done = recorded(house, "opciones", lines, record, source, channel="telegram", language="es", now="2026-11-22T09:00")
    assert "opciones.txt" in done.err.getvalue()
    head, text = again(record, languages)
    assert text == record.read_text("utf-8")
    assert (head["channel"], head["lang"], head["now"], head["municipality"]) == ("telegram", "es", "2026-11-22T09:00", "Mera")
    assert '> la 2\n  {canton = "ibarra"}\n' in text
    assert "= wait 90m\n" in text
    assert text.endswith("(completed)\n")


def test_orders_by_lot_and_receipts_are_the_same_each_time(house, tmp_path, languages):
    for name in ("uno", "dos"):
        recorded(house, "lista", ["1", "1"], tmp_path / f"{name}.txt", now="2026-11-22T09:00")
    first, second = ((tmp_path / f"{name}.txt").read_text("utf-8") for name in ("uno", "dos"))
    assert first == second
    _, text = again(tmp_path / "uno.txt", languages)
    assert text == first


def test_without_a_time_it_begins_at_the_minute_and_plays_again_from_there(house, tmp_path, languages):
    recorded(house, "espera", ["sí"], tmp_path / "ahora.txt", Typing)
    head, text = again(tmp_path / "ahora.txt", languages)
    assert text == (tmp_path / "ahora.txt").read_text("utf-8")
    assert len(head["now"]) == len("2026-11-22T09:00")


def test_everything_one_may_do_is_written_and_a_file_is_named_as_it_is_found_from_the_dialogue(house, tmp_path):
    record = tmp_path / "lugares.txt"
    recorded(
        house, "lugares", ["/lugar -1.49, -77.99", f"/archivo {PICTURE}", "/reiniciar", "/lugar x"], record, channel="telegram"
    )
    text = record.read_text("utf-8")
    assert "= location -1.49 -77.99\n" in text
    assert "= restart\n" in text
    [line] = [line for line in text.splitlines() if line.startswith("= file ")]
    assert (tmp_path / line.removeprefix("= file ")).resolve() == PICTURE
    assert "lugar x" not in text, "what could not be done is no part of the dialogue"


def test_nothing_is_written_over_and_what_cannot_be_recorded_is_refused(house, tmp_path):
    kept = tmp_path / "hay.txt"
    kept.write_text("mío", encoding="utf-8")
    for record, code, more in (
        (kept, "chat.record_exists", {}),
        (tmp_path / "no" / "hay.txt", "chat.record_unwritable", {}),
        (tmp_path / "otra.txt", "chat.record_kept", {"name": "ana"}),
    ):
        with pytest.raises(ChatRefused) as refused:
            recorded(house, "espera", ["sí"], record, **more)
        assert refused.value.key == code
    assert kept.read_text("utf-8") == "mío"


@pytest.mark.parametrize(
    "line",
    [
        Act({"text": "hola"}),
        Act({"text": ' con "comillas"\ny otra línea '}),
        Act({"text": "[puyo]"}),
        Act({"text": ""}),
        Act({"choice": "puyo"}),
        Act({"choice": ["radio", "redes"]}),
        Act({"location": [-1.5, -78.25]}),
        Act({"file": "../bache.png"}),
        Wait(duration("90m")),
        Wait(duration("3d")),
        Wait(duration("0s")),
        Restart(),
    ],
)
def test_a_line_that_was_written_is_read_back(line):
    assert dialogue.line_of(dialogue.written_line(line)) == line


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "names no flow"),
        ("flow: a.yaml\nflujo: x\n", "line 2"),
        ("flow: a.yaml\n\nhola\n", "line 3"),
    ],
)
def test_what_is_no_dialogue_says_where(text, said):
    with pytest.raises(dialogue.DialogueError, match=said):
        dialogue.read(text)


def test_an_unknown_deed_and_a_bad_wait_are_refused():
    with pytest.raises(dialogue.DialogueError, match="bailar"):
        dialogue.line_of("= bailar")
    with pytest.raises(ScriptError):
        dialogue.line_of("= wait mucho")
