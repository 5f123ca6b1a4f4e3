"""Every question and note of every flow that ships, in every language, sent by each channel to a provider as strict as its own:
nothing is refused, nothing over a limit, no word and no option lost, and every button says which option it is.

The flows of the dialogues are looked at as well, and one made to be difficult: they have what those that ship happen not to have.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from bot.channels.channel import Channel
from bot.channels.economy import plain
from bot.channels.rendering import parts, render
from bot.channels.segments import segments
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram.buttons import pages, pressed
from bot.channels.twilio import Account, SmsChannel, TwilioApi, WhatsAppChannel
from bot.channels.twilio.presses import read_press
from bot.engine.answers import fold
from bot.engine.asking import ask_step, options_of, wording
from bot.engine.catalogue import Catalogue
from bot.engine.conversation import begin
from bot.engine.dialogs import ask_erase, ask_language, menu
from bot.engine.draft import Draft
from bot.engine.flow import Flow, Step
from bot.engine.source import load, load_consents
from bot.translations import load_languages
from bot.vocabulary import Address, Outgoing, Press, Say
from tests.engine.playing import NOON, ROOT
from tests.peers import bot_api, twilio_api

NUMBER = "+14155238886"
PERSON = {
    "telegram": Address("telegram", "111", "4242"),
    "whatsapp": Address("whatsapp", "+593991111111", NUMBER),
    "sms": Address("sms", "+593991111111", "+15005550006"),
}
SHIPPED, DIALOGUES = ROOT / "flows", ROOT / "tests" / "conversations" / "flows"
LANGUAGES = load_languages(ROOT / "locales")
MARKS = "✅▫️ "


def read(folder: Path) -> Catalogue:
    """The flows of a folder, all open, each question with all its choices whatever was answered before."""
    texts = {file.stem: file.read_text("utf-8") for file in sorted(folder.glob("*.yaml"))}
    consents, _ = load_consents(texts.pop("consents"), "consents.yaml")
    flows = [flow for name, text in texts.items() if (flow := load(text, f"{name}.yaml", library=texts).flow) is not None]
    whole = [replace(flow, program=tuple(map(unfiltered, flow.program))) for flow in flows]
    by_version = {flow.version: flow for flow in whole}
    return Catalogue(by_version, {flow.flow: flow.version for flow in whole}, LANGUAGES, consents, "Pueblo", "Llámanos al 2 123")


def unfiltered(node):
    return replace(node, choice_filter=None) if isinstance(node, Step) else node


def long() -> Catalogue:
    """More, longer and stranger than any flow that ships: many pages, labels that are cut alike, texts of several messages."""
    sentence = "El barrio pide que el alcantarillado, la vía y el alumbrado lleguen también a la parte alta. "
    places = {f"lugar_{n}": f"Barrio número {n}" for n in range(1, 32)}
    alike = {f"obra_{n}": f"Mantenimiento de la vía principal, tramo {n}" for n in range(1, 8)}
    strange = {"d": "Mujer d'aquí 👩🏽‍🌾", "largo": (sentence * 2).strip(), "ñ": "Ñandú – «otro»"}

    def question(name: str, kind: str, label: str, choices: dict[str, str]) -> dict[str, object]:
        return {"type": kind, "name": name, "label": label, "choices": {k: {"label": v} for k, v in choices.items()}}

    survey = [
        {"type": "note", "name": "preambulo", "label": (sentence * 60).strip()},
        question("lugar", "select_one", "¿Dónde?", places),
        question("lugares", "select_multiple", "¿Dónde más?", places),
        question("obra", "select_one", "¿Qué obra?", alike),
        question("orden", "rank", "Ordénalas.", alike),
        question("extrano", "select_one", "¿Cuál?", {k.replace("ñ", "n"): v for k, v in strange.items()}),
        question("razonado", "select_one", (sentence * 15).strip(), dict(list(alike.items())[:3])),
        question("corto", "select_one", "¿Vas?", {"si": "Sí", "no": "No", "quizas_" + "mas_adelante_" * 5: "Tal vez"}),
    ]
    flow = {
        "flow": "largo",
        "kind": "survey",
        "title": "Largo",
        "languages": ["es"],
        "start": {"words": ["largo"]},
        "survey": survey,
    }
    read_back = load(yaml.safe_dump(flow, allow_unicode=True, sort_keys=False), "largo.yaml")
    loaded = read_back.flow
    assert loaded is not None, read_back.problems
    return Catalogue({loaded.version: loaded}, {"largo": loaded.version}, LANGUAGES, {}, "Pueblo", "Llámanos al 2 123")


CATALOGUES = {"shipped": read(SHIPPED), "dialogues": read(DIALOGUES), "long": long()}


def says(catalogue: Catalogue, flow: Flow, language: str) -> Iterator[Say]:
    """What the flow may put on the screen, by the engine's own words: each question and note, and the product's questions."""

    def draft() -> Draft:
        return Draft(catalogue, begin(flow, language=language, seed="s", now=NOON), NOON)

    for node, step in enumerate(flow.program):
        if not isinstance(step, Step) or not step.label:
            continue
        asking = draft()
        if step.type == "note":
            yield Say("\n".join(wording(asking, step, ())), "note", step.name, media=step.media, language=language)
            continue
        assert ask_step(asking, node, ())
        [said] = [effect for effect in asking.effects if isinstance(effect, Say)]
        assert said.choices == options_of(draft(), step, ())
        other = step.other and all(choice.name != "other" for choice in step.choices)
        assert len(said.choices) == len(step.choices) + other or step.type in ("acknowledge", "range")
        yield said
    for ask in (menu, ask_language, ask_erase):
        own = draft()
        ask(own)
        yield from [effect for effect in own.effects if isinstance(effect, Say)]
    if consent := catalogue.consents.get(flow.consent or ""):
        own = draft()
        own.ask_own("consent", consent.text[language], own.yes_no())
        yield from [effect for effect in own.effects if isinstance(effect, Say)]


CASES = [
    pytest.param(catalogue, flow, language, id=f"{flow.flow}-{language}")
    for catalogue in CATALOGUES.values()
    for flow in catalogue.flows.values()
    for language in flow.languages
]


def test_there_is_something_to_look_at():
    shipped = {flow.flow for flow in CATALOGUES["shipped"].flows.values()}
    assert shipped == {file.stem for file in SHIPPED.glob("*.yaml")} - {"consents", "prices"}
    said = [say for case in CASES for say in says(*case.values)]
    assert len(said) > 150
    assert max(len(say.choices) for say in said) > 20


# ── what a person sees ───────────────────────────────────────────────────────────────────────────────────────────────


def words(text: str) -> list[str]:
    return fold(text).split()


def check_text(say: Say, texts: list[str]) -> None:
    """The whole text is there, in order."""
    assert words(" ".join(texts))[: len(words(say.text))] == words(say.text), say.step


def check_options(say: Say, texts: list[str], buttons: list[tuple[str, str, Press]]) -> None:
    """Each option has a button of its own that shows its whole label and says its name, or a line with its number."""
    lines = "\n".join(texts).splitlines()
    for place, option in enumerate(say.choices):
        label = " ".join(option.label.split())
        if not buttons:
            assert f"{place + 1}. {label}" in lines, (say.step, label)
            continue
        mine = [whole for shown, whole, press in buttons if option.name == press.choice or press.index == place]
        assert [" ".join(whole.split()) for whole in mine] == [label], (say.step, label)
    if buttons:
        shown = [fold(shown) for shown, _, _ in buttons]
        assert len(set(shown)) == len(shown) == len(say.choices), say.step


def rendered(say: Say, channel: Channel) -> tuple[Outgoing, ...]:
    address = PERSON[channel.name]
    return parts(render(say, address, channel.abilities(address)), channel.abilities(address))


@pytest.fixture
async def telegram():
    async with bot_api.BotApi() as api:
        channel = TelegramChannel(bot_api.TOKEN, LANGUAGES, api_url=api.url)
        yield api, channel
        await channel.close()


@pytest.fixture
async def twilio():
    peer = await twilio_api.TwilioPeer().start()
    api = TwilioApi(Account(twilio_api.SID, twilio_api.TOKEN, peer.url))
    yield peer, api
    await api.close()
    await peer.stop()


@pytest.mark.parametrize(("catalogue", "flow", "language"), CASES)
async def test_on_telegram(telegram, catalogue, flow, language):
    api, channel = telegram
    for say in says(catalogue, flow, language):
        api.chats.clear()
        buttons = []
        for part in rendered(replace(say, media={}), channel):
            for page in range(pages(part) if part.layout == "buttons" else 1):
                await channel.send(replace(part, page=page))
                rows = api.chat(111).last.get("reply_markup", {}).get("inline_keyboard", [])
                keys = [(key["text"].lstrip(MARKS), pressed(key["callback_data"])) for row in rows for key in row]
                buttons += [(text, text, press) for text, press in keys if press.does in ("choose", "tick")]
                assert all(press.prompt == say.prompt for _, press in keys)
                assert any(press.does == "done" for _, press in keys) == (say.several and bool(keys))
        check_text(say, list(api.chat(111).texts)[:1] if buttons else list(api.chat(111).texts))
        check_options(say, list(api.chat(111).texts), buttons)
    assert api.refused == []


@pytest.mark.parametrize(("catalogue", "flow", "language"), CASES)
async def test_on_whatsapp(twilio, catalogue, flow, language):
    peer, api = twilio
    channel = WhatsAppChannel(api)
    for say in says(catalogue, flow, language):
        peer.messages.clear()
        for part in rendered(replace(say, media={}), channel):
            await channel.send(part)
        [*_, last] = shown = [message["shown"] for message in peer.messages]
        buttons = [(row["title"], row["title"], read_press(row["id"])) for row in last.get("actions", [])]
        buttons += [(row["item"], row.get("description", row["item"]), read_press(row["id"])) for row in last.get("items", [])]
        buttons = [(text, whole.replace("’", "'"), press) for text, whole, press in buttons]
        assert all(press is not None and press.prompt == say.prompt for _, _, press in buttons)
        straight = [(text, whole, press) for text, whole, press in buttons if press is not None]
        check_text(say, [message["body"] for message in shown])
        check_options(replace(say, choices=straightened(say)), [message["body"] for message in shown], straight)
        # few and short options must not fall back to numbers: that would be a template which could not be made
        easy = 0 < len(say.choices) <= 3 and all(len(option.label) <= 20 for option in say.choices)
        assert bool(buttons) or not easy or say.several or say.wants == "rank" or len(say.text) > 1024
    assert peer.refused == []


def straightened(say: Say):
    return tuple(replace(option, label=option.label.replace("’", "'")) for option in say.choices)


@pytest.mark.parametrize(("catalogue", "flow", "language"), CASES)
async def test_on_sms(twilio, catalogue, flow, language):
    peer, api = twilio
    channel = SmsChannel(api, plained={"es"})
    for say in says(catalogue, flow, language):
        peer.messages.clear()
        for part in rendered(replace(say, media={}), channel):
            await channel.send(part)
        texts = [message["body"] for message in peer.messages]
        saved = plain if language == "es" else str
        check_text(replace(say, text=saved(say.text)), texts)
        labels = tuple(replace(option, label=saved(" ".join(option.label.split()))) for option in say.choices)
        # a message that costs double all the same keeps its accents, also in lines that alone would not
        lines = [saved(line) for text in texts for line in text.splitlines()]
        check_options(replace(say, choices=labels), lines, [])
        if language == "es" and not segments("".join([saved(say.text), *(option.label for option in labels)])).costly:
            assert not any(segments(text).costly for text in texts), say.step
        for former, latter in pairwise(texts):  # what is too long is parted between words
            assert words(f"{former} {latter}") == words(former) + words(latter)
    assert peer.refused == []
