"""A phone goes round on Telegram, over real sockets: by buttons, by commands of the menu, with buttons of others' questions."""

from tests.channels.telegram.test_whole import ANA, answers, at_the_ticks, does, labels, town

__all__ = ["town"]


def people(town):
    return town.rows("SELECT count(*) FROM contact")[0][0]


async def test_the_phone_goes_round(town, api):
    await at_the_ticks(town, api)
    await does(town, api, "writes", "/soy_otra_persona")
    assert labels(api.chat(ANA).last) == ["Sin apodo", "Sigo siendo yo"]
    await does(town, api, "writes", "Rosa")
    assert api.chat(ANA).last["text"].startswith("¿Qué quieres?")  # as the link had begun it: nobody is asked where they live
    assert people(town) == 2
    await does(town, api, "presses", "Luz")
    await does(town, api, "presses", "Listo (1)")
    assert answers(town)["quiere"] == '["luz"]'
    await does(town, api, "writes", "otra persona")
    assert labels(api.chat(ANA).last) == ["Persona 1", "Alguien más", "Sigo siendo yo"]
    await does(town, api, "presses", "Persona 1")
    assert api.chat(ANA).last["text"].startswith("¿Qué quieres?")
    listed = [message for message in api.chat(ANA).messages.values() if message.get("text") == "¿Con quién hablo ahora?"]
    assert [labels(message) for message in listed] == [[]]  # its buttons are gone, though no copy of the names was kept


async def test_a_tick_of_somebody_elses_question_ticks_nothing(town, api):
    await at_the_ticks(town, api)
    await api.presses(ANA, "Luz")
    late = api.waiting.pop()  # Telegram delivers it when another person has the phone
    await does(town, api, "writes", "soy otra persona")
    await does(town, api, "presses", "Sin apodo")
    await api.happens(callback_query=late["callback_query"])
    (handled,) = await town.fetch()
    assert not handled.trouble
    assert api.chat(ANA).last["text"].startswith("Ese botón es de una pregunta para Persona 1, y ahora hablo con Persona 2.")
    assert "quiere" not in answers(town)
