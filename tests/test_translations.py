"""Catalogues: which languages there are, what falls back, flow texts; and the judge of missing, unused and broken texts."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from bot import messages
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
        start = time.perf_counter()
        load_languages(ROOT / "locales")
        times.append(time.perf_counter() - start)
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
