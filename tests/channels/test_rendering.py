"""How options appear: buttons, else a list, else numbers. No option ever vanishes, no two look alike."""

import re
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.channels.abilities import CONSOLE, LOOKS, SMS, TELEGRAM, WHATSAPP, Abilities
from bot.channels.rendering import cut, numbered, parts, render, split
from bot.vocabulary import Address, Option, Say

HERE = Address("console", "ana")
CANTONES = ("Riobamba", "Ibarra", "Puyo")


def say(*labels, text="¿Dónde vives?", **more):
    return Say(text, "prompt", "canton", tuple(Option(f"o{n}", label) for n, label in enumerate(labels, 1)), prompt=3, **more)


def shown(say_, able):
    return render(say_, HERE, able)


class TestByCounting:
    def test_without_options_the_text_is_all(self):
        message = shown(Say("Gracias.", "note", "fin", language="es"), SMS)
        assert (message.text, message.layout, message.options, message.language) == ("Gracias.", "none", (), "es")

    def test_few_short_labels_are_buttons(self):
        message = shown(say(*CANTONES), WHATSAPP)
        assert message.layout == "buttons"
        assert message.text == "¿Dónde vives?"
        assert [option.cut for option in message.options] == list(CANTONES)
        assert message.prompt == 3

    def test_a_fourth_makes_it_a_list(self):
        assert shown(say(*CANTONES, "Guayaquil"), WHATSAPP).layout == "list"

    def test_a_label_too_long_for_a_button_makes_it_a_list(self):
        assert shown(say("Sí", "x" * 21), WHATSAPP).layout == "list"
        assert shown(say("Sí", "x" * 20), WHATSAPP).layout == "buttons"

    def test_a_row_cuts_a_label_that_fits_whole_below_it(self):
        message = shown(say("Construir un parque junto al río", "Sí", "No", "Otra cosa"), WHATSAPP)
        assert message.layout == "list"
        assert message.options[0].label == "Construir un parque junto al río"
        assert message.options[0].cut == "Construir un parque…"
        assert [option.cut for option in message.options[1:]] == ["Sí", "No", "Otra cosa"]

    def test_a_label_that_fits_nowhere_in_a_row_makes_it_numbers(self):
        message = shown(say("x" * 73, "b", "c", "d"), WHATSAPP)
        assert message.layout == "numbered"
        assert message.text == "¿Dónde vives?\n1. " + "x" * 73 + "\n2. b\n3. c\n4. d"

    def test_an_eleventh_makes_it_numbers(self):
        assert shown(say(*(f"Opción {n}" for n in range(10))), WHATSAPP).layout == "list"
        message = shown(say(*(f"Opción {n}" for n in range(11))), WHATSAPP)
        assert message.layout == "numbered"
        assert message.text.endswith("\n11. Opción 10")

    def test_a_text_too_long_above_buttons_makes_it_numbers(self):
        assert shown(say(*CANTONES, text="a" * 1024), WHATSAPP).layout == "buttons"
        assert shown(say(*CANTONES, text="a" * 1025), WHATSAPP).layout == "numbered"

    def test_telegram_has_buttons_for_a_hundred(self):
        assert shown(say(*(f"Opción {n}" for n in range(100))), TELEGRAM).layout == "buttons"
        assert shown(say(*(f"Opción {n}" for n in range(101))), TELEGRAM).layout == "numbered"
        assert shown(say("Sí", "x" * 65), TELEGRAM).layout == "numbered"

    def test_sms_is_always_numbered(self):
        message = shown(say("Sí", "No", text="¿Vas?"), SMS)
        assert (message.layout, message.text) == ("numbered", "¿Vas?\n1. Sí\n2. No")

    def test_several_are_toggled_or_typed(self):
        assert shown(say("a", "b", several=True), TELEGRAM).layout == "buttons"
        assert shown(say("a", "b", several=True), WHATSAPP).layout == "numbered"

    @pytest.mark.parametrize("able", LOOKS.values(), ids=LOOKS)
    def test_an_order_is_typed_everywhere(self, able):
        assert shown(say("a", "b", wants="rank", several=True), able).layout == "numbered"

    def test_an_emoji_counts_as_the_provider_counts_it(self):
        assert shown(say("😀" * 10), WHATSAPP).layout == "buttons"
        assert shown(say("😀" * 11), WHATSAPP).layout == "list"
        assert CONSOLE.length("😀") == 1

    def test_a_label_of_two_lines_is_numbered_on_one(self):
        message = shown(say("uno\ndos", "tres"), TELEGRAM)
        assert message.text == "¿Dónde vives?\n1. uno dos\n2. tres"


LABEL = st.text(alphabet="abcáñ ABC😀é-.,\u0301", min_size=1, max_size=90).filter(lambda label: label.strip())


@given(st.lists(LABEL, min_size=1, max_size=130), st.sampled_from(sorted(LOOKS)), st.booleans(), st.text(max_size=1700))
def test_no_option_vanishes_and_every_label_fits(labels, look, several, text):
    able = LOOKS[look]
    message = shown(say(*labels, text=text, several=several), able)
    assert [option.label for option in message.options] == labels
    match message.layout:
        case "buttons":
            assert len(labels) <= able.buttons
            assert all(able.length(option.cut) <= able.button_label and option.cut == option.label for option in message.options)
        case "list":
            assert len(labels) <= able.rows
            assert all(able.length(option.cut) <= able.row_label for option in message.options)
            assert all(
                option.cut == option.label or able.length(option.label) <= able.row_description for option in message.options
            )
            assert len({option.cut.casefold() for option in message.options}) == len(labels)
        case "numbered":
            for number, label in enumerate(labels, 1):
                assert f"{number}. {' '.join(label.split())}" in message.text
        case other:
            raise AssertionError(other)


class TestCut:
    def test_what_fits_stays(self):
        assert cut(["Sí", "No"], 20) == ("Sí", "No")

    def test_at_a_words_end(self):
        assert cut(["Mejorar la iluminación"], 20) == ("Mejorar la…",)
        assert cut(["Desproporcionadamente"], 12) == ("Desproporci…",)

    def test_twins_bear_their_numbers(self):
        labels = ["Arreglar la calle Bolívar norte", "Arreglar la calle Bolívar sur"]
        assert cut(labels, 24) == ("1. Arreglar la calle…", "2. Arreglar la calle…")

    def test_whole_labels_that_read_alike_cannot_be_told_apart(self):
        assert cut(["Sí", "SÍ"], 20) is None

    @given(st.lists(LABEL, min_size=1, max_size=12), st.integers(6, 30))
    def test_different_and_short_enough_or_nothing(self, labels, limit):
        short = cut(labels, limit)
        assume(short is not None)
        assert short is not None
        assert all(len(text) <= limit for text in short)
        assert len({text.casefold() for text in short}) == len(labels)
        assert all(text == label for text, label in zip(short, labels, strict=True) if len(label) <= limit)


class TestSplit:
    def test_what_fits_is_one_piece(self):
        assert split("Hola. ¿Qué tal?", 20) == ("Hola. ¿Qué tal?",)

    def test_between_paragraphs_first(self):
        assert split("Uno dos. Tres cuatro\n\ncinco seis siete. Ocho", 30) == ("Uno dos. Tres cuatro", "cinco seis siete. Ocho")

    def test_then_lines_so_that_options_stay_whole(self):
        text = numbered("¿Cuál?", ["Primera opción", "Segunda opción", "Tercera opción"])
        assert split(text, 45) == ("¿Cuál?\n1. Primera opción\n2. Segunda opción", "3. Tercera opción")

    def test_then_sentences_with_their_quotation_marks(self):
        assert split("Dijo «vamos a casa». Luego se fue lejos", 30) == ("Dijo «vamos a casa».", "Luego se fue lejos")

    def test_a_number_with_a_dot_is_no_sentence(self):
        assert split("abcdefgh ijkl 12. mnopq", 18) == ("abcdefgh ijkl 12.", "mnopq")

    def test_then_words(self):
        assert split("uno dos tres cuatro", 10) == ("uno dos", "tres", "cuatro")

    def test_a_word_longer_than_the_limit_is_cut_but_never_between_joined_characters(self):
        assert split("a" * 20, 8) == ("a" * 8, "a" * 8, "a" * 4)
        assert split("abcdefg" + "e\u0301" + "xyz", 8) == ("abcdefg", "e\u0301xyz")
        family = "👩\u200d👧"
        assert split("abcdef" + family + "z", 8) == ("abcdef", family + "z")

    def test_a_limit_with_no_room(self):
        with pytest.raises(ValueError, match="limit 7"):
            split("hola", 7)

    @given(st.text(alphabet="ab cd.\nñ😀\u0301", max_size=300), st.integers(8, 60), st.sampled_from([len, TELEGRAM.length]))
    def test_nothing_is_lost_and_every_piece_fits(self, text, limit, length):
        pieces = split(text, limit, length)
        assert all(length(piece) <= limit for piece in pieces)
        assert re.sub(r"\s", "", "".join(pieces)) == re.sub(r"\s", "", text)

    @given(st.lists(st.text(alphabet="abcñ", min_size=1, max_size=8), max_size=60), st.integers(8, 40))
    def test_no_word_is_cut_that_fits(self, words, limit):
        assert " ".join(split(" ".join(words), limit)).split() == words


class TestParts:
    able = Abilities(text=20, buttons=3, button_label=20, body=20)

    def test_one_message_stays_one(self):
        message = shown(say("a"), self.able)
        assert parts(message, self.able) == (message,)

    def test_attachments_with_the_first_and_options_with_the_last(self):
        labels = ["Primera opción", "Segunda opción", "Tercera opción", "Cuarta"]
        message = shown(say(*labels, text="Elige una.", media={"image": "mapa.png"}), self.able)
        *former, last = parts(message, self.able)
        assert len(former) == 4
        assert former[0].media == {"image": "mapa.png"}
        assert all(not part.options and part.prompt == 0 and part.layout == "none" for part in former)
        assert all(not part.media for part in [*former[1:], last])
        assert [option.label for option in last.options] == labels
        assert (last.layout, last.prompt) == ("numbered", 3)
        assert "\n".join(part.text for part in [*former, last]) == message.text

    @pytest.mark.parametrize(
        ("media", "text", "labels", "alone"),
        [
            ({"image": "mapa.png"}, "Mira.", [], []),
            ({"image": "mapa.png"}, "", [], []),
            ({"audio": "voz.ogg"}, "", [], []),
            ({"audio": "voz.ogg"}, "Oye.", [], ["audio"]),
            ({"image": "mapa.png"}, "¿Cuál?", ["Sí", "No"], ["image"]),
            ({"image": "mapa.png", "video": "v.mp4"}, "Mira.", [], ["image", "video"]),
            ({"image": "mapa.png"}, "Es más larga de lo que cabe.", [], ["image"]),
        ],
    )
    def test_an_attachment_that_cannot_stand_beside_the_text_goes_before_it(self, media, text, labels, alone):
        able = replace(self.able, text=100, caption=20, body=100, beside=frozenset({"image", "video"}))
        message = shown(say(*labels, text=text, media=media), able)
        sent = parts(message, able)
        assert [[*part.media] for part in sent if not part.text] == ([[kind] for kind in alone] or ([] if text else [[*media]]))
        assert sent[-1] == (replace(message, media={}) if alone else message)
