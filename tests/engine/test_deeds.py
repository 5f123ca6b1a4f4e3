"""What a `do` step asks for, and what becomes of what it brings."""

from dataclasses import replace

from bot.engine.state import decode, encode
from bot.vocabulary import HandOver, Perform, RecordAnswer, Result, Text
from tests.engine.playing import Play

FLOW = """
flow: pedido
kind: request
title: Pedido
languages: [es]
edit: no
review: true
survey:
  - {type: text, name: que, label: ¿Qué?}
  - {type: do, name: publicado, effect: search_documents, with: {text: "${que}"}}
  - type: select_one
    name: basta
    relevant: "${publicado} = 'found'"
    label: ¿Basta?
    choices: {si: Sí, no: No}
  - {type: file, name: foto, label: ¿Una foto?, required: false, relevant: "not(${basta} = 'si')"}
  - type: do
    name: registro
    effect: file_request
    relevant: "not(${basta} = 'si')"
    with: {kind: information, text: "${que}", file: "${foto}", period: "2025"}
  - {type: note, label: Gracias.}
"""
HITS = {"hits": [{"title": "Contrato", "excerpt": "del parque", "link": "https://puyo.ec/c"}, {"title": "Plano"}, "roto"]}
FILED: dict[str, object] = {"number": "SAIP-2026-1", "code": "7K3M-9QXT-4HVB2", "term": "Hasta el lunes."}


def begun(**brought):
    play = Play(FLOW)
    play.brought = {"file_request": FILED, **brought}
    return play.start()


def journal(play):
    return [(answer.step, answer.value) for answer in play.effects if isinstance(answer, RecordAnswer)]


def performed(play):
    return [(effect.effect, dict(effect.given)) for effect in play.effects if isinstance(effect, Perform)]


def test_what_was_answered_goes_along_and_what_it_brings_is_recorded():
    play = begun().say("el contrato", "saltar", "enviar")
    given = {"kind": "information", "text": "el contrato", "file": None, "period": "2025"}
    assert performed(play) == [("search_documents", {"text": "el contrato"}), ("file_request", given)]
    assert journal(play)[-1] == ("registro", "SAIP-2026-1")
    assert [said.text for said in play.says[-2:]][1] == "Gracias."
    assert "7K3M-9QXT-4HVB2" in play.says[-2].text
    assert "7K3M-9QXT-4HVB2" not in encode(play.completed["pedido"]).decode()  # told, and kept nowhere


def test_nothing_is_waited_for_twice_and_a_stranger_result_changes_nothing():
    play = begun()
    before = encode(play.conversation)
    for name in ("do:registro", "do:publicado", "do:", "do:nada"):
        play.turn(Result(name, FILED))
        assert encode(decode(encode(play.conversation))) == encode(play.conversation)
    assert journal(play) == []
    assert decode(before).prompt == play.conversation.prompt
    play.say("el contrato", "saltar", "enviar")
    assert len(performed(play)) == 2


def test_what_is_published_is_offered_and_ends_it_without_a_summary():
    play = begun(search_documents=HITS).say("el contrato")
    assert [option.label for option in play.says[-1].choices] == ["Contrato", "Plano", "Ninguno de estos"]
    play.press("hit:0")
    assert "https://puyo.ec/c" in play.says[-2].text
    play.say("sí")
    assert play.says[-1].text == "Gracias."
    assert "pedido" in play.completed
    assert [effect for effect, _ in performed(play)] == ["search_documents"]


def test_none_of_it_goes_on_to_filing():
    play = begun(search_documents=HITS).say("el contrato").press("none")
    assert play.asked == "foto"
    play.say("saltar")
    assert play.asked == "review"


def test_where_nothing_can_be_attached_it_is_not_asked_for():
    play = begun()
    play.catalogue = replace(play.catalogue, attachments=False)
    play.say("el contrato")
    assert play.asked == "review"
    assert not any(step == "foto" for step, _ in journal(play))


def test_what_could_not_be_filed_is_told():
    play = begun(file_request={"problem": "empty"}).say("el contrato", "saltar", "enviar")
    assert "No se pudo registrar" in play.says[-2].text
    assert journal(play)[-1] == ("registro", None)


def test_a_request_may_be_made_again():
    play = begun().say("el contrato", "saltar", "enviar").start()
    assert play.asked == "que"
    play.say("el presupuesto", "saltar", "enviar")
    assert [given["text"] for effect, given in performed(play) if effect == "file_request"] == ["el contrato", "el presupuesto"]


def test_a_person_is_called_once_for_each_step():
    play = Play("""
        flow: ayuda
        kind: survey
        title: Ayuda
        languages: [es]
        survey:
          - {type: do, name: alguien, effect: hand_over}
          - {type: text, name: que, label: ¿Qué?}
        """).start()
    play.turn(Text("volver"))
    assert [effect.reason for effect in play.effects if isinstance(effect, HandOver)] == ["alguien"]
