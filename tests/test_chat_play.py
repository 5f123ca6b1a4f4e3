"""`minga chat`: the JSON contract, the terminal, the kept conversation, and what is refused."""

import io
import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from bot.chat import Asked, ChatRefused, House, play
from bot.settings import Settings
from bot.translations import load_languages

ROOT = Path(__file__).parents[1]
FLOWS = ROOT / "tests" / "conversations" / "flows"
NOW = "2026-11-22T09:00"


class Terminal(io.StringIO):
    """A stream at which a person sits."""

    def isatty(self):
        return True


class Flushed(io.StringIO):
    """A stream that remembers what had been flushed at each reading of the source."""

    def __init__(self):
        super().__init__()
        self.seen = ""

    def flush(self):
        self.seen = self.getvalue()


@pytest.fixture(scope="module")
def languages():
    return load_languages(ROOT / "locales")


@pytest.fixture
def house(tmp_path, languages):
    settings = Settings(data=tmp_path / "data", flows=tmp_path / "flows", municipality="Riobamba", contact="ventanilla 3")
    return House(settings, ROOT / "locales", ROOT / "flows", languages["es"], io.StringIO(), io.StringIO(), io.StringIO())


def set_in(house, text, source=io.StringIO):
    return replace(house, source=source(text), out=io.StringIO(), err=io.StringIO())


def by_json(house, flow, *said, **more):
    """Returns the turns of a JSON play: a list of events for the start and for each line."""
    house = set_in(house, "".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in said))
    asked = Asked(str(FLOWS / f"{flow}.yaml"), as_json=True, **{"now": NOW, **more})
    assert play(asked, house) == 0
    turns, events = [], []
    for line in house.out.getvalue().splitlines():
        event = json.loads(line)
        if "turn" in event:
            assert event == {"turn": len(turns)}
            turns.append(events)
            events = []
        else:
            events.append(event)
    assert events == []
    assert len(turns) == len(said) + 1
    return turns


def typed(house, flow, text, source=io.StringIO, **more):
    house = set_in(house, text, source)
    assert play(Asked(str(FLOWS / f"{flow}.yaml"), **more), house) == 0
    return house.out.getvalue()


# ── the JSON contract ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_say_has_text_step_and_all_choices_with_whole_labels(house):
    [[first]] = by_json(house, "lista", channel="whatsapp")
    assert first["say"] == "¿Qué obra va primero?"
    assert first["step"] == "obra"
    labels = {choice["name"]: choice["label"] for choice in first["choices"]}
    assert labels == {
        "norte": "Arreglar la calle Bolívar norte",
        "sur": "Arreglar la calle Bolívar sur",
        "parque": "Un parque",
        "agua": "Agua potable",
    }
    assert set(first) == {"say", "step", "choices"}
    assert all(set(choice) == {"name", "label"} for choice in first["choices"])


def test_an_answer_is_told_before_the_words_that_follow(house):
    _, [answer, say] = by_json(house, "opciones", {"choice": "puyo"})
    assert answer == {"answer": {"name": "canton", "value": "puyo", "raw": "Puyo", "empty": None}}
    assert say["step"] == "medios"


def test_a_label_that_the_channel_cut_can_be_typed_as_it_was_shown(house):
    turns = by_json(house, "lista", {"text": "Arreglar la calle Bolívar sur"}, channel="whatsapp")
    assert turns[1][0]["answer"]["value"] == "sur"
    # the list is drawn by lot for each person: by its number in front the cut label is known again
    [[first]] = by_json(house, "lista", channel="whatsapp", name="ana")
    place = [choice["name"] for choice in first["choices"]].index("sur") + 1
    turns = by_json(house, "lista", {"text": f"{place}. Arreglar la calle…"}, channel="whatsapp", name="ana")
    assert turns[1][0]["answer"]["value"] == "sur"


def test_a_list_of_names_presses_several(house):
    turns = by_json(house, "opciones", {"choice": "ibarra"}, {"choice": ["portal", "radio"]})
    assert turns[2][0]["answer"]["value"] == ["radio", "portal"]


def test_a_choice_that_is_not_on_the_screen_is_typed(house):
    _, events = by_json(house, "opciones", {"choice": "pastaza"})
    assert events[0]["answer"] == {"name": "canton", "value": "puyo", "raw": "pastaza", "empty": None}
    _, events = by_json(house, "relato", {"choice": "se fue la luz"})
    assert events[0]["answer"]["value"] == "se fue la luz"


def test_skipped_and_refused_are_told_apart(house):
    assert by_json(house, "numeros", {"text": "paso"})[1][0]["answer"] == {
        "name": "edad", "value": None, "raw": "paso", "empty": "skipped",
    }  # fmt: skip
    assert by_json(house, "numeros", {"text": "prefiero no decir"})[1][0]["answer"]["empty"] == "refused"


def test_at_is_told_inside_repeats_only(house):
    turns = by_json(house, "hogar", {"text": "2"}, {"text": "Ana"}, {"text": "30"}, {"text": "Luis"})
    assert "at" not in turns[1][0]["answer"]
    assert turns[2][0]["answer"]["at"] == [1]
    assert turns[4][0]["answer"]["at"] == [2]


def test_a_question_back_yields_no_answer(house):
    _, [say] = by_json(house, "opciones", {"text": "Guamote"})
    assert [choice["name"] for choice in say["choices"]] == ["yes", "no"]


def test_the_numbers_are_in_the_text_of_an_sms(house):
    [[first]] = by_json(house, "revision", channel="sms")
    assert first["say"] == "¿Vives aquí?\n1. Sí\n2. No"
    assert [choice["label"] for choice in first["choices"]] == ["Sí", "No"]


def test_a_wait_runs_what_is_due_on_its_way(house):
    turns = by_json(house, "espera", {"wait": "3h"}, {"wait": "5d"})
    assert [event["step"] for event in turns[1]][-1] == "vas"
    assert turns[2][-1] == {"end": "partial"}


def test_no_reminder_at_night(house):
    turns = by_json(house, "espera", {"wait": "3h"}, {"wait": "10h"}, now="2026-11-22T19:00")
    assert turns[1] == []
    assert turns[2]


def test_a_wait_that_is_shorter_than_join_joins(house):
    turns = by_json(house, "relato", {"text": "se fue"}, {"wait": "2s"}, {"text": "la luz"})
    assert turns[3] == [
        {"answer": {"name": "historia", "value": "se fue\nla luz", "raw": turns[3][0]["answer"]["raw"], "empty": None}}
    ]


def test_fast_lines_are_not_joined(house):
    turns = by_json(house, "relato", {"text": "se fue"}, {"text": "la luz"})
    assert "answer" not in turns[2][0]


def test_restart_closes_as_partial_and_begins_anew(house):
    turns = by_json(house, "opciones", {"choice": "puyo"}, {"restart": True}, {"choice": "ibarra"})
    assert turns[2][0] == {"end": "partial"}
    assert turns[2][1]["step"] == "canton"
    assert turns[3][0]["answer"]["value"] == "ibarra"


def test_restart_after_the_end_is_a_new_person(house):
    turns = by_json(house, "direccion", {"text": "Sucre"}, {"text": "12"}, {"restart": True})
    assert turns[2][-1] == {"end": "completed"}
    assert turns[3][0]["step"] == "calle"


def test_after_the_end_the_lobby_answers(house):
    turns = by_json(house, "direccion", {"text": "Sucre"}, {"text": "12"}, {"text": "hola"})
    assert turns[3][0]["step"] == "menu"


def test_the_outcomes(house):
    assert by_json(house, "espera", {"text": "alto"})[1][-1] == {"end": "stopped"}
    assert by_json(house, "contacto", {"text": "agua"}, {"text": "no"}, {"choice": "no"})[3][-1] == {"end": "refused"}


def test_a_file_and_a_place(house, tmp_path):
    photo = tmp_path / "bache.png"
    photo.write_bytes(b"png")
    turns = by_json(house, "lugares", {"location": [-1.49, -78]}, {"file": str(photo)}, channel="telegram")
    assert turns[1][0]["answer"]["value"]["lat"] == -1.49
    kept = turns[2][0]["answer"]["value"]
    assert (kept["kind"], kept["name"], kept["size"]) == ("image", "bache.png", 3)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("hola", "no es JSON"),
        ('{"texto": "a"}', "«texto» no existe"),
        ('{"text": 1}', "«text» no sirve"),
        ('{"wait": "luego"}', "«luego» no es una duración"),
        ('{"file": "/no/hay.png"}', "No se puede leer"),
    ],
)
def test_a_line_that_cannot_be_played_is_told_and_the_play_goes_on(house, said, words):
    turns = by_json(house, "opciones", said, {"choice": "puyo"})
    assert len(turns[1]) == 1
    assert words in turns[1][0]["error"]
    assert turns[2][0]["answer"]["value"] == "puyo"


def test_errors_are_in_the_language_that_was_asked_for(house):
    turns = by_json(house, "idiomas", "hola", language="en")
    assert "not JSON" in turns[1][0]["error"]
    assert turns[0][0]["say"].startswith("Which colour")


def test_a_file_that_the_channel_does_not_take(house, tmp_path):
    photo = tmp_path / "bache.png"
    photo.write_bytes(b"png")
    turns = by_json(house, "lugares", {"file": str(photo)}, channel="sms")
    assert "no recibe archivos" in turns[1][0]["error"]


def test_a_file_that_is_too_large(house, tmp_path):
    photo = tmp_path / "grande.png"
    with photo.open("wb") as out:
        out.truncate(20 * 1024 * 1024 + 1)
    turns = by_json(house, "lugares", {"file": str(photo)}, channel="telegram")
    assert "hasta 20 MB" in turns[1][0]["error"]


def test_every_line_is_flushed(house):
    out = Flushed()
    play(
        Asked(str(FLOWS / "direccion.yaml"), as_json=True, now=NOW),
        replace(house, source=io.StringIO('{"text": "a"}\n'), out=out),
    )
    assert out.seen == out.getvalue()
    assert out.seen.endswith('{"turn":1}\n')


def test_empty_lines_are_no_input(house):
    house = set_in(house, "\n  \n")
    play(Asked(str(FLOWS / "direccion.yaml"), as_json=True, now=NOW), house)
    assert house.out.getvalue().count('"turn"') == 1


def test_nothing_is_left_on_the_disk(house, tmp_path):
    by_json(house, "opciones", {"choice": "puyo"})
    assert list(tmp_path.iterdir()) == []


# ── kept in the database ─────────────────────────────────────────────────────────────────────────────────────────────


def test_as_keeps_the_conversation_and_takes_it_up_again(house):
    by_json(house, "opciones", {"choice": "puyo"}, name="ana")
    [first, second] = by_json(house, "opciones", {"choice": ["radio"]}, name="ana")
    assert [event["step"] for event in first] == ["resume", "medios"]
    assert second[0]["answer"]["value"] == ["radio"]


def test_as_keeps_people_apart(house):
    by_json(house, "opciones", {"choice": "puyo"}, name="ana")
    [[first]] = by_json(house, "opciones", name="luis")
    assert first["step"] == "canton"


def test_who_is_kept_counts_as_a_resident_and_the_flow_is_opened_for_nobody_else(house, tmp_path):
    by_json(house, "opciones", {"choice": "puyo"}, name="ana")
    database = sqlite3.connect(tmp_path / "data" / "minga.db")
    assert database.execute("SELECT test, channel, status FROM conversation").fetchall() == [(0, "console", "open")]
    assert database.execute("SELECT state FROM flow WHERE id = 'opciones'").fetchall() == [("draft",)]
    database.close()


def test_a_version_that_is_open_goes_before_the_file(house, tmp_path):
    by_json(house, "direccion", name="ana")
    database = sqlite3.connect(tmp_path / "data" / "minga.db")
    database.execute("UPDATE flow SET state = 'open'")
    database.commit()
    database.close()
    changed = tmp_path / "direccion.yaml"
    changed.write_text((FLOWS / "direccion.yaml").read_text("utf-8").replace("¿En qué calle?", "¿Qué calle?"), "utf-8")
    house = set_in(house, "")
    play(Asked(str(changed), as_json=True, now=NOW, name="luis"), house)
    assert "¿En qué calle?" in house.out.getvalue()


def test_a_wait_of_one_person_moves_nobody_elses_clock(house, tmp_path):
    by_json(house, "espera", name="luis")
    by_json(house, "espera", {"wait": "5d"}, name="ana")
    database = sqlite3.connect(tmp_path / "data" / "minga.db")
    assert sorted(row[0] for row in database.execute("SELECT status FROM conversation")) == ["open", "partial"]
    database.close()


def test_words_that_came_meanwhile_are_shown_first(house, tmp_path):
    by_json(house, "espera", name="ana")
    database = sqlite3.connect(tmp_path / "data" / "minga.db")
    database.execute("UPDATE outbox SET status = 'queued', accepted_at = NULL")
    database.commit()
    database.close()
    [first] = by_json(house, "espera", name="ana")
    assert [event["step"] for event in first] == ["vas", "resume", "vas"]


# ── the terminal ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_talk_in_a_pipe(house):
    shown = typed(house, "opciones", "puyo\n")
    assert "    ¿En qué cantón vives?\n      1  Riobamba\n      2  Ibarra\n" in shown
    assert "tú> puyo\n    ¿Por qué medios te enteras?\n" in shown
    assert "\033" not in shown


def test_a_talk_at_a_terminal_answers_what_is_seen_however_fast(house):
    shown = typed(house, "revision", "sí\nLa Merced\nMás luz\nenviar\n", Terminal)
    assert "- ¿En qué barrio? La Merced\n    - ¿Qué cambiarías? Más luz" in shown
    assert "Fin: conversación completa." in shown


def test_commands_in_a_talk(house):
    shown = typed(house, "espera", "/esperar 3h\n/esperar\n/reiniciar\n/salir\nsí\n", now=NOW)
    assert "te falta poco" in shown
    assert "«» no es una duración" in shown
    assert "Fin: la conversación quedó incompleta." in shown
    assert "¿De qué quieres hablar?" not in shown


# ── refused ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ({"channel": "fax"}, "chat.unknown_channel"),
        ({"language": "xx"}, "chat.unknown_language"),
        ({"name": "../ana"}, "chat.bad_name"),
        ({"name": ""}, "chat.bad_name"),
        ({"now": "mañana"}, "chat.bad_now"),
    ],
)
def test_what_there_is_not_is_refused_with_a_remedy(house, languages, more, key):
    with pytest.raises(ChatRefused) as refused:
        play(Asked("ciudades_abiertas", **more), house)
    assert refused.value.key == key
    for language in languages.values():
        assert language.say(key, **refused.value.places)


def test_an_unknown_flow_names_those_there_are(house):
    assert play(Asked("nada"), house) == 1
    assert "«nada»" in house.err.getvalue()
    assert "ciudades_abiertas" in house.err.getvalue()


def test_a_flow_with_mistakes_is_told_as_check_does(house, tmp_path):
    file = tmp_path / "roto.yaml"
    file.write_text(
        "flow: roto\nkind: survey\ntitle: Roto\nlanguages: [es]\nsurvey:\n  - type: textt\n    name: a\n    label: ¿A?\n", "utf-8"
    )
    assert play(Asked(str(file)), house) == 1
    assert house.err.getvalue().startswith(f"{file}:6: ")
    assert "textt" in house.err.getvalue()
    assert house.out.getvalue() == ""


@pytest.mark.parametrize("content", [None, b"flow: \xff"])
def test_a_file_that_cannot_be_read(house, tmp_path, content):
    file = tmp_path / "falta.yaml"
    if content is not None:
        file.write_bytes(content)
    assert play(Asked(str(file)), house) == 1
    assert str(file) in house.err.getvalue()
    assert house.err.getvalue().count("\n") == 1


def test_a_flow_by_its_identifier(house):
    house = set_in(house, "")
    assert play(Asked("ciudades_abiertas", as_json=True), house) == 0
    assert json.loads(house.out.getvalue().splitlines()[-1]) == {"turn": 0}


def test_the_municipalitys_own_form_of_a_flow_goes_before_the_shipped(house, tmp_path):
    (tmp_path / "flows").mkdir()
    own = (FLOWS / "direccion.yaml").read_text("utf-8").replace("flow: direccion", "flow: ciudades_abiertas")
    (tmp_path / "flows" / "propia.yaml").write_text(own, "utf-8")
    house = set_in(house, "")
    play(Asked("ciudades_abiertas", as_json=True), house)
    assert "¿En qué calle?" in house.out.getvalue()
