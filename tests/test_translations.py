"""Catalogues: which languages there are, what falls back, flow texts; and the judge of missing, unused and broken texts."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from bot import messages
from bot.engine.check import check
from bot.engine.language import Language, places_of
from bot.engine.source import load
from bot.messages import upkeep
from bot.translations import codes, flow_texts, load_languages, read_catalogue

ROOT = Path(__file__).parent.parent


def write(
    folder: Path, code: str, texts: dict[str, str], flows: dict[tuple[str, str], str] | None = None, words: str = ""
) -> None:
    catalogue = Catalog()
    for key, text in texts.items():
        catalogue.add(key, text)
    for (context, text), translation in (flows or {}).items():
        catalogue.add(text, translation, context=context)
    file = folder / code / "LC_MESSAGES" / "bot.po"
    file.parent.mkdir(parents=True)
    with file.open("wb") as stream:
        write_po(stream, catalogue)
    if words:
        (folder / code / "words.yaml").write_text(words, encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, "es", {"language.name": "Español", "a.b": "Hola {name}", "a.c": "Adiós"}, words="yes: [sí, no, 010]\n")
    write(tmp_path, "en", {"language.name": "English", "a.b": "Hello {name}", "a.c": ""}, {("minga.canton", "Cantón"): "Canton"})
    write(tmp_path, "jiv", {"language.name": "Shuar"})
    return tmp_path


def test_spanish_comes_first_and_fills_what_a_language_lacks(folder: Path) -> None:
    languages = load_languages(folder)
    assert list(languages) == ["es", "en", "jiv"]
    assert languages["en"].say("a.b", name="Ana") == "Hello Ana"
    assert languages["en"].say("a.c") == "Adiós"
    assert languages["jiv"].say("a.b", name="Ana") == "Hola Ana"
    assert languages["jiv"].name == "Shuar"


def test_words_stay_the_texts_they_are_written_as(folder: Path) -> None:
    assert load_languages(folder)["es"].words == {"yes": ["sí", "no", "010"]}
    assert load_languages(folder)["jiv"].words == {"yes": ["sí", "no", "010"]}, "word lists fall back too"


def test_only_what_is_asked_for_is_there(folder: Path) -> None:
    assert list(load_languages(folder, only={"en"})) == ["en"]
    assert list(load_languages(folder, only={"es", "xx"})) == ["es"]
    assert load_languages(folder, only={"en"})["en"].say("a.c") == "Adiós"


def test_a_folder_without_spanish_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "en", {"a.b": "x"})
    with pytest.raises(FileNotFoundError, match="es"):
        codes(tmp_path)


def test_word_lists_that_are_no_mapping_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "es", {"a.b": "x"}, words="- sí\n")
    with pytest.raises(ValueError, match=r"words\.yaml"):
        load_languages(tmp_path)


def test_flow_texts_are_found_by_their_context_and_only_there(folder: Path) -> None:
    translate = flow_texts(folder)
    assert translate("en", "minga.canton", "Cantón") == "Canton"
    assert translate("en", "minga.parish", "Cantón") is None
    assert translate("qu_EC", "minga.canton", "Cantón") is None
    assert "Cantón" not in load_languages(folder)["en"].texts


def test_real_catalogues_are_read_fast_enough_for_every_command() -> None:
    load_languages(ROOT / "locales")
    times = []
    for _ in range(5):
        start = time.process_time()
        load_languages(ROOT / "locales")
        times.append(time.process_time() - start)
    assert min(times) < 0.3, "five times what it takes on a slow machine"


# ── the judge ────────────────────────────────────────────────────────────────────────────────────────────────────────


def judged(folder: Path, code: str, **more: str) -> list[str]:
    (folder / "code").mkdir(exist_ok=True)
    (folder / "code" / "some.py").write_text(code, encoding="utf-8")
    for name, text in more.items():
        (folder / "code" / f"some.{name}").write_text(text, encoding="utf-8")
    files = sorted((folder / "code").iterdir())
    catalogues = {code: read_catalogue(folder, code) for code in codes(folder)}
    used = messages.uses(files, {"a.b", "a.c", "language.name"}, folder)
    return messages.problems(catalogues, used)


WHOLE = 'say("a.b")\nname = "language.name"\n"a docstring with a.x"\nimport a.z\n'


def test_keys_are_found_in_calls_texts_pages_and_prefixes(folder: Path) -> None:
    (folder / "en" / "LC_MESSAGES" / "bot.po").unlink()
    write_again(folder, "en", {"language.name": "English", "a.b": "Hello {name}", "a.c": "Bye"})
    assert judged(folder, WHOLE + 'other = "a.c"') == []
    assert judged(folder, WHOLE, html="{{ text('a.c') }}") == []
    assert judged(folder, WHOLE, html="", js='const key = "a.c";') == []
    assert judged(folder, WHOLE + 'key = f"a.{code}"', js="") == []


def write_again(folder: Path, code: str, texts: dict[str, str]) -> None:
    (folder / code / "LC_MESSAGES" / "bot.po").unlink(missing_ok=True)
    catalogue = Catalog()
    for key, text in texts.items():
        catalogue.add(key, text)
    with (folder / code / "LC_MESSAGES" / "bot.po").open("wb") as stream:
        write_po(stream, catalogue)


def test_a_used_key_without_text_is_refused_with_its_place(folder: Path) -> None:
    write_again(folder, "en", {"language.name": "English", "a.b": "Hello {name}", "a.c": "Bye"})
    found = judged(folder, WHOLE + 'say("a.c")\nsay("a.new")\ntext("other.new")\n')
    assert [line for line in found if "a.new" in line] == [
        "code/some.py:6: the key 'a.new' has no text in es",
        "code/some.py:6: the key 'a.new' has no text in en",
    ]
    assert sum("other.new" in line for line in found) == 2


def test_a_key_that_only_one_language_has_is_refused(folder: Path) -> None:
    assert any("'a.c' is not in every one of es, en" in line for line in judged(folder, WHOLE + 'say("a.c")'))


def test_a_translation_that_lost_a_place_is_refused(folder: Path) -> None:
    write_again(folder, "en", {"language.name": "English", "a.b": "Hello you", "a.c": "Bye"})
    assert any("the places of 'a.b'" in line for line in judged(folder, WHOLE + 'say("a.c")'))


def test_a_text_that_nothing_uses_is_refused(folder: Path) -> None:
    write_again(folder, "en", {"language.name": "English", "a.b": "Hello {name}", "a.c": "Bye"})
    assert judged(folder, WHOLE) == ["locales: nothing uses the key 'a.c'"]


def test_the_judge_sees_the_real_code() -> None:
    used = messages.uses(messages.sources(), {"cli.help", "settings.example"})
    assert len(used.keys) > 20
    assert any(place.startswith("bot/cli/") for place in used.keys.values())


# ── a language that is known in part ─────────────────────────────────────────────────────────────────────────────────


def test_a_flow_may_leave_the_country_out_of_a_code(folder: Path) -> None:
    write(folder, "qu_EC", {"language.name": "Kichwa"}, {("minga.canton", "Cantón"): "Kiti"})
    assert flow_texts(folder)("qu", "minga.canton", "Cantón") == "Kiti"
    assert flow_texts(folder)("qu-EC", "minga.canton", "Cantón") == "Kiti"
    assert flow_texts(folder)("quz", "minga.canton", "Cantón") is None


def test_what_is_marked_fuzzy_is_not_said_as_with_gettext(folder: Path) -> None:
    file = folder / "en" / "LC_MESSAGES" / "bot.po"
    catalogue = read_catalogue(folder, "en")
    for message in catalogue:
        message.flags.add("fuzzy")
    upkeep.write(file, catalogue)
    assert load_languages(folder)["en"].say("a.b", name="Ana") == "Hola Ana"
    assert flow_texts(folder)("en", "minga.canton", "Cantón") is None


def test_empty_lines_of_a_word_sheet_are_heard_in_spanish(folder: Path) -> None:
    (folder / "jiv" / "words.yaml").write_text('"yes": []\ncontrol: {help: [], back: [waketki]}\n', encoding="utf-8")
    assert load_languages(folder)["jiv"].words == {"yes": ["sí", "no", "010"], "control": {"back": ["waketki"]}}


def test_what_residents_are_told_in_spanish_instead_is_known(folder: Path) -> None:
    write_again(folder, "es", {"language.name": "Español", "engine.yes": "Sí", "engine.no": "No", "cli.help": "Ayuda"})
    write_again(folder, "jiv", {"language.name": "Shuar", "engine.yes": "Ee"})
    languages = load_languages(folder)
    assert languages["jiv"].borrowed == {"engine.no"}
    assert (languages["es"].whole, languages["jiv"].whole) == (True, False)


def test_check_tells_how_much_of_a_language_minga_can_say() -> None:
    languages = load_languages(ROOT / "locales")
    flow = (
        "flow: rimay\ntitle: {es: Habla, qu: Rimay}\nlanguages: [es, qu]\nsurvey:\n  - {type: note, label: {es: Sí., qu: Ari.}}\n"
    )
    loaded = load(flow, "rimay.yaml")
    [problem] = [one for one in check([loaded], consents={}, languages=languages) if one.code == "language_borrowed"]
    assert (problem.line, problem.severity) == (3, "warning")
    assert int(problem.places["own"]) + len(languages["qu_EC"].borrowed) == int(problem.places["all"])
    for reader in ("es", "en"):
        assert "Kichwa" in problem.tell(languages[reader])
        assert "locales/qu_EC/LC_MESSAGES/bot.po" in problem.tell(languages[reader])


def test_the_languages_begun_hold_only_what_is_marked_as_not_reviewed() -> None:
    for code in ("qu_EC", "jiv"):
        said = [message for message in read_catalogue(ROOT / "locales", code) if message.id and message.string]
        assert said
        assert all(any("Not reviewed by a speaker" in comment for comment in message.user_comments) for message in said)


def test_one_is_told_from_many_without_a_table_of_plurals() -> None:
    spanish = Language("es", "Español", {"votes": "{n} {n|voto|votos}"})
    assert [spanish.say("votes", n=n) for n in (0, 1, 2, "1")] == ["0 votos", "1 voto", "2 votos", "1 voto"]
    shuar = Language("jiv", "Shuar", {"votes": "{n} voto"})
    assert [shuar.say("votes", n=n) for n in (1, 5)] == ["1 voto", "5 voto"], "one form is one form, for five as well"
    assert places_of("{n} {n|a {b|}") == places_of("{n}")
    assert Language("es", "", {"x": "{n|{n}|b}"}).say("x", n=2) == "{n|2|b}", "a place within a place is none"


def test_babel_formats_dates_for_spanish_and_english_alone() -> None:
    """Its Quechua is not Ecuador's Kichwa, and its grouping not ours: whoever has it write a day says for which two languages."""
    code = [file for folder in ("bot", "storage") for file in (ROOT / folder).rglob("*.py")]
    assert len(code) > 100
    used = {
        file: text for file in code if re.search(r"babel\.(dates|numbers|lists|units)", text := file.read_text(encoding="utf-8"))
    }
    known = {"bot/requests/words.py", "bot/web/desk/words.py", "bot/reports/report_words.py"}
    assert {str(file.relative_to(ROOT)) for file in used} <= known
    for text in used.values():
        assert "babel.dates" in text and "es_EC" in text
        assert not re.search(r"babel\.(numbers|lists|units)|\bqu\b|qu_EC", text)


# ── keeping catalogues up ────────────────────────────────────────────────────────────────────────────────────────────

FLOW = """\
flow: parque
title: {es: Parque, en: Park, jiv: Parque}
languages: [es, en, jiv]
survey:
  - {type: text, name: falta, label: ¿Qué le falta al parque?, hint: Escribe lo que quieras.}
  - {type: note, label: {es: Gracias., en: Thanks., jiv: Yuminsajme.}}
"""


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A checkout of two languages and one flow."""
    spanish = {"language.name": "Español", "engine.yes": "Sí", "engine.help": "Escribe\nvolver.", "cli.help": "Ayuda"}
    write(tmp_path / "locales", "es", spanish, words='"yes": [sí]\ncontrol: {help: [ayuda]}\n')
    write(tmp_path / "locales", "en", {"language.name": "English", "engine.yes": "Yes", "engine.help": "x", "cli.help": "Help"})
    sheet = '"yes": [sí]\n"no": [no]\nskip: [paso]\nrefuse: [no digo]\ncontrol: {help: [ayuda]}\nnumbers: {"1": [uno]}\n'
    (tmp_path / "locales" / "es" / "words.yaml").write_text(sheet, encoding="utf-8")
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "parque.yaml").write_text(FLOW, encoding="utf-8")
    return tmp_path


def kept(house: Path, code: str) -> dict[tuple[str | None, str], tuple[str, bool]]:
    return {(m.context, str(m.id)): (str(m.string), m.fuzzy) for m in read_catalogue(house / "locales", code) if m.id}


def translate(house: Path, code: str, texts: dict[tuple[str | None, str], str]) -> None:
    catalogue = read_catalogue(house / "locales", code)
    for (context, text), said in texts.items():
        message = catalogue.get(text, context)
        assert message is not None
        message.string = said
    upkeep.write(house / "locales" / code / "LC_MESSAGES" / "bot.po", catalogue)


QUESTION = ("parque.falta", "¿Qué le falta al parque?")
HINT = ("parque.falta", "Escribe lo que quieras.")


def test_a_language_is_founded_with_all_that_residents_read_and_a_sheet_for_its_words(house: Path, capsys) -> None:
    assert messages.main(["--language", "jiv"], house) == 0
    assert set(kept(house, "jiv")) == {(None, "language.name"), (None, "engine.yes"), (None, "engine.help"), QUESTION, HINT}
    po = (house / "locales" / "jiv" / "LC_MESSAGES" / "bot.po").read_text(encoding="utf-8")
    assert "#. Escribe volver." in po
    assert "#: flows/parque.yaml:5" in po
    assert "  help: []  # ayuda" in (house / "locales" / "jiv" / "words.yaml").read_text(encoding="utf-8")
    languages = load_languages(house / "locales")
    assert languages["jiv"].words["yes"] == ["sí"]
    told = capsys.readouterr().out
    assert "jiv (jiv): 0 of 4 texts; of those that residents read 0 of 2 (0 %)" in told
    assert "flow parque: 0 of 2 (0 %)" in told
    before = po
    messages.main([], house)
    assert (house / "locales" / "jiv" / "LC_MESSAGES" / "bot.po").read_text(encoding="utf-8") == before, "nothing was to be done"


def test_a_translated_flow_is_whole_and_says_so(house: Path, capsys) -> None:
    messages.main(["--language", "jiv"], house)
    translate(house, "jiv", {(None, "language.name"): "Shuar", QUESTION: "¿Q?", HINT: "H"})
    translate(house, "en", {QUESTION: "What does it lack?", HINT: "Write."})
    capsys.readouterr()
    messages.main([], house)
    assert "jiv (Shuar): 1 of 4" in (told := capsys.readouterr().out)
    assert told.count("flow parque: 2 of 2 (100 %)") == 2
    loaded = load(FLOW, "parque.yaml", translate=flow_texts(house / "locales"))
    assert loaded.flow is not None
    assert loaded.problems == ()


def test_a_translation_whose_spanish_has_changed_waits_for_a_second_look(house: Path, capsys) -> None:
    messages.main(["--language", "jiv"], house)
    translate(house, "jiv", {(None, "engine.help"): "Yainkta", QUESTION: "¿Q?", HINT: "H"})
    catalogue = read_catalogue(house / "locales", "es")
    catalogue.get("engine.help").string = "Escribe\natrás."  # type: ignore[union-attr] # because it is there
    upkeep.write(house / "locales" / "es" / "LC_MESSAGES" / "bot.po", catalogue)
    (house / "flows" / "parque.yaml").write_text(FLOW.replace("falta al parque", "falta a este parque"), encoding="utf-8")
    capsys.readouterr()
    messages.main([], house)
    now = kept(house, "jiv")
    assert now[None, "engine.help"] == ("Yainkta", True)
    assert now["parque.falta", "¿Qué le falta a este parque?"] == ("¿Q?", True)
    assert now[HINT] == ("H", False)
    assert QUESTION not in now
    assert "2 marked fuzzy" in capsys.readouterr().out
    assert load_languages(house / "locales")["jiv"].say("engine.help") == "Escribe\natrás."


def test_what_no_flow_asks_for_any_more_is_put_away_and_comes_back(house: Path, capsys) -> None:
    messages.main(["--language", "jiv"], house)
    translate(house, "jiv", {QUESTION: "¿Q?", HINT: "H"})
    flow = house / "flows" / "parque.yaml"
    flow.write_text(FLOW.replace(", hint: Escribe lo que quieras.", ""), encoding="utf-8")
    messages.main([], house)
    assert HINT not in kept(house, "jiv")
    assert "1 put away" in capsys.readouterr().out
    flow.write_text(FLOW, encoding="utf-8")
    messages.main([], house)
    assert kept(house, "jiv")[HINT] == ("H", False)


def test_a_flow_that_is_not_here_keeps_its_translations(house: Path) -> None:
    messages.main(["--language", "jiv"], house)
    translate(house, "jiv", {QUESTION: "¿Q?"})
    (house / "flows" / "parque.yaml").unlink()
    messages.main([], house)
    assert kept(house, "jiv")[QUESTION] == ("¿Q?", False)


def test_a_code_that_is_none_or_is_there_already_is_refused(house: Path, capsys) -> None:
    messages.main(["--language", "qu_EC"], house)
    for code, said in (("Kichwa", "two or three small letters"), ("qu", "locales/qu_EC already")):
        with pytest.raises(SystemExit):
            messages.main(["--language", code], house)
        assert said in capsys.readouterr().err
    assert codes(house / "locales") == ("es", "en", "qu_EC")
