"""Every question of every flow that ships, in each language, as Telegram gets it: no option lost, nothing over a limit."""

from dataclasses import replace

import pytest

from bot.channels.abilities import TELEGRAM
from bot.channels.rendering import parts, render
from bot.channels.telegram.buttons import pages
from bot.channels.telegram.sending import call_for
from bot.engine.flow import Step
from bot.engine.source import load
from bot.vocabulary import Address, Option, Outgoing, Say
from tests.channels.telegram.conftest import ROOT
from tests.peers.bot_api_rules import judge

ANA = Address("telegram", "111", "4242")
LIBRARY = {file.stem: file.read_text("utf-8") for file in sorted((ROOT / "flows").glob("*.yaml")) if file.stem != "consents"}
FLOWS = [flow for name, text in LIBRARY.items() if (flow := load(text, f"{name}.yaml", library=LIBRARY).flow) is not None]


def says():
    for flow in FLOWS:
        for node in flow.program:
            if not isinstance(node, Step) or not node.label:
                continue
            for language in flow.languages:
                text = "\n".join(texts[language].source for texts in (node.label, node.hint) if texts)
                options = tuple(Option(choice.name, choice.label[language].source) for choice in node.choices)
                several = node.type in ("select_multiple", "rank")
                yield pytest.param(
                    Say(text, "prompt", node.name, options, 16_777_215_999, several, node.type, node.media, language),
                    id=f"{flow.flow}.{node.name}.{language}",
                )


def test_there_are_flows_to_look_at():
    assert {"ciudades_abiertas"} <= {flow.flow for flow in FLOWS}


@pytest.mark.parametrize("say", list(says()))
def test_nothing_is_lost_and_nothing_is_over_a_limit(say, spoken):
    shown = []
    for part in parts(render(say, ANA, TELEGRAM), TELEGRAM):
        for page in range(pages(part) if part.layout == "buttons" else 1):
            for ticked in ((), tuple(option.name for option in say.choices) if say.several else ()):
                call = call_for(replace(part, page=page, ticked=ticked), spoken[say.language], lambda _: None)
                if call is None:
                    assert part.media and not part.text
                    continue
                judge(call.method, call.fields)
                shown.append(call.fields["text"])
                for row in call.fields["reply_markup"].get("inline_keyboard", ()):
                    shown += [button["text"].lstrip("✅▫️ ") for button in row]
    for option in say.choices:
        label = " ".join(option.label.split())
        assert label in shown or any(label in text for text in shown)


def test_a_stored_file_goes_under_the_name_that_people_know_or_words_say_where_it_is(spoken, tmp_path):
    file = tmp_path / ("a" * 32)
    file.write_bytes(b"%PDF-")
    said = Outgoing(Address("telegram", "111", "1"), "", "request", 0, "none", media={"file": f"stored:{file.name}/plano.pdf"})
    sent = call_for(said, spoken["es"], lambda _: file)
    assert (sent.method, sent.place, sent.file, sent.name) == ("sendDocument", "document", file, "plano.pdf")
    gone = call_for(said, spoken["es"], lambda _: None)
    assert gone.method == "sendMessage"
    assert "plano.pdf" in gone.fields["text"]
