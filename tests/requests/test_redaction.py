"""Personal data in free text: hidden where it is, left where it is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.requests.redaction import MARK, is_cedula, net, redact

WHO = {
    "name": "Luz María Tanguila Grefa",
    "document": "1710034065",
    "email": "luz.t@example.org",
    "phone": "+593 99 111 2233",
    "address": "Barrio Obrero, calle Tarqui N.º 245",
}


@pytest.mark.parametrize(
    ("text", "hidden", "kinds"),
    [
        ("mi cédula es 1710034065", ["1710034065"], {"document"}),
        ("C.I. 171003406-5", ["171003406-5"], {"document"}),
        ("mi cedula 1710034066", ["1710034066"], {"document"}),  # the check digit is wrong: still somebody's
        ("El RUC 1790012345001 de la tienda", ["1790012345001"], {"document"}),
        ("pasaporte AB123456", ["AB123456"], {"document"}),
        ("llámeme al 0991112233 o al 03 288-5123", ["0991112233", "03 288-5123"], {"phone"}),
        ("mi celular es +593 99 111 2233", ["+593 99 111 2233"], {"phone"}),
        ("escriba a juan.perez@gmail.com.", ["juan.perez@gmail.com"], {"email"}),
        ("mi correo es ana arroba example punto org", ["ana arroba example punto org"], {"email"}),
        ("Vivo en la calle Amazonas N.º 12-45 y Tarqui, quiero el plano", ["Amazonas", "12-45", "Tarqui"], {"address"}),
        ("mi casa queda en Los Álamos, manzana 4, villa 12. Quiero agua", ["Los Álamos", "villa 12"], {"address"}),
        ("En la av. 10 de Agosto N34-120 hay un hueco", ["10 de Agosto N34-120"], {"address"}),
        ("el carro de placas PBX-1234", ["PBX-1234"], {"plate"}),
        ("la moto de placa ab123c", ["ab123c"], {"plate"}),
        ("mi cuenta de ahorros del Banco Pichincha N.º 2203344556", ["2203344556"], {"account"}),
        ("nací el 3 de mayo de 1980", ["3 de mayo de 1980"], {"birth"}),
        ("fecha de nacimiento: 03/05/1980", ["03/05/1980"], {"birth"}),
        ("Me llamo Rosa Andi y quiero el acta", ["Rosa Andi"], {"name"}),
        ("El señor Juan Pérez de la Torre no me atendió", ["Juan Pérez de la Torre"], {"name"}),
        ("mi vecina María Shiguango tiene permiso", ["María Shiguango"], {"name"}),
        ("con el código 7K3M-9QXT-4HVB2", ["7K3M-9QXT-4HVB2"], {"code"}),
    ],
)
def test_what_is_personal_is_hidden(text, hidden, kinds):
    done = redact(text, {})
    for piece in hidden:
        assert piece not in done.text, done.text
    assert MARK in done.text
    assert {span.kind for span in done.spans} == kinds


@pytest.mark.parametrize(
    "text",
    [
        "Quiero el contrato N.º 2025-0034 por $ 1.250.000,00",
        "El presupuesto 2024-2025 y el de 2026",
        "la resolución 045-GADMP-2024 y la ordenanza 12",
        "el acta de la sesión del 3 de octubre de 2025",
        "proceso SIE-GADMP-012-2025, partida 7.3.08.01.000",
        "La obra de la avenida Ceslao Marín entre Atahualpa y 9 de Octubre",
        "Reunión del 2025-10-09, punto 4",
        "SAIP-2026-14",
        "Permisos de construcción de la parroquia Tarqui",
    ],
)
def test_what_is_public_stays(text):
    assert redact(text, {}).text == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Tanguila pidió el contrato", f"{MARK} pidió el contrato"),
        ("LUZ MARIA TANGUILA GREFA", MARK),
        ("luz.t@example.org", MARK),
        ("el teléfono 099-111-2233", f"el teléfono {MARK}"),
        ("por la Tarqui, 245 hay lodo", f"por la {MARK} hay lodo"),
        (
            "La luz del parque no sirve",
            f"La {MARK} del parque no sirve",
        ),  # a name that is a word: hidden, the officer puts it back
    ],
)
def test_what_the_request_itself_knows_of_the_person_is_hidden_however_it_is_written(text, left):
    assert redact(text, WHO).text == left


def test_spans_are_those_of_the_first_text_and_do_not_overlap():
    text = "Soy Luz Tanguila, C.I. 1710034065, calle Tarqui 245, luz.t@example.org"
    done = redact(text, WHO)
    assert all(first.end <= second.start for first, second in zip(done.spans, done.spans[1:], strict=False))
    rebuilt, after = "", 0
    for span in done.spans:
        rebuilt += text[after : span.start] + MARK
        after = span.end
    assert rebuilt + text[after:] == done.text


def test_identity_numbers_are_told_by_their_check_digit():
    assert is_cedula("1710034065")
    for wrong in ("1710034066", "2510034065", "1770034065", "171003406", "17100340655", "17100a4065", "１７１００３４０６５"):
        assert not is_cedula(wrong), wrong


def test_the_last_net_leaves_what_an_officer_may_release():
    told = "Escriba a obras@puyo.gob.ec o al 03 288 5123; la empresa tiene RUC 1790012345001. La luz pública sí."
    assert net(told, WHO).text == told
    assert net("de Luz María  Tanguila Grefa, 171003406-5, luz.t@example.org, 7K3M-9QXT-4HVB2", WHO).text == ", ".join(
        [f"de {MARK}", *[MARK] * 3]
    )


@given(st.text(max_size=300), st.dictionaries(st.sampled_from(sorted(WHO)), st.text(max_size=40)))
def test_whatever_is_written_it_ends_and_never_shows_what_was_marked(text, known):
    done = redact(text, known)
    assert done.text.count(MARK) >= len(done.spans)
    assert all(0 <= span.start < span.end <= len(text) for span in done.spans)


def test_a_long_text_is_read_in_time_that_grows_with_it():
    import time

    text = "Calle Los Pinos y la avenida de los Shyris 1710034065 vivo en a@b 12 3 4 5 6 " * 400
    begun = time.process_time()
    redact(text, WHO)
    assert time.process_time() - begun < 5
