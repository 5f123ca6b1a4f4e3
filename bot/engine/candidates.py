"""Replies to a question back: one of the candidates, or a fresh answer."""

from __future__ import annotations

from bot.engine.answering import accept, answer_text, ask_again, react, read
from bot.engine.answers import AskBack
from bot.engine.asking_back import ask_back
from bot.engine.draft import Draft
from bot.engine.own_words import take_other
from bot.engine.picking import picked
from bot.engine.state import Prompt


def answer_candidates(draft: Draft, prompt: Prompt, text: str) -> None:
    """The reply to a question back: one of the candidates, or else a fresh answer to the question."""
    name = picked(draft, prompt, text)
    if name is not None:
        take_candidate(draft, prompt, name)
        return
    original = Prompt(prompt.number, "question", prompt.node, prompt.at, tuple(prompt.detail["options"]), {}, prompt.language)
    answer_text(draft, original, text)


def take_candidate(draft: Draft, prompt: Prompt, name: str) -> None:
    """Takes the candidate that was chosen, or asks again where the one candidate is not it."""
    detail = prompt.detail
    if detail["single"]:
        if name == "yes":
            accept(draft, prompt.node, prompt.at, detail["raw"], detail["values"][0])
        else:
            ask_again(draft, prompt.node, prompt.at)
        return
    accept(draft, prompt.node, prompt.at, detail["raw"], detail["values"][int(name) - 1])


def answer_confirmation(draft: Draft, prompt: Prompt, text: str) -> None:
    """The reply to "is this your other choice?": yes, no, or a fresh answer."""
    name = picked(draft, prompt, text)
    if name is not None:
        take_confirmed(draft, prompt, name)
        return
    original = Prompt(prompt.number, "question", prompt.node, prompt.at, tuple(prompt.detail["options"]), {}, prompt.language)
    reading = read(draft, original, text)
    if isinstance(reading, AskBack):
        ask_back(draft, original, text, reading)
    else:
        react(draft, original, text, reading)


def take_confirmed(draft: Draft, prompt: Prompt, name: str) -> None:
    """Takes the person's own words as the other choice, or asks again."""
    if name == "yes":
        take_other(draft, prompt, prompt.detail["raw"], prompt.detail["words"])
    else:
        ask_again(draft, prompt.node, prompt.at)
