"""Answers that are no text: a shared position, an attachment."""

from __future__ import annotations

from math import isfinite

from bot.engine.albums import heard_of, stored
from bot.engine.answering import accept, answer_text, expected, failed
from bot.engine.asking import options_of, put
from bot.engine.draft import Draft
from bot.engine.flow import MEDIA
from bot.engine.state import Prompt
from bot.vocabulary import Location, Media, Value


def answer_location(draft: Draft, prompt: Prompt, location: Location) -> None:
    """Takes a shared position, where one is asked for."""
    step = draft.step_at(prompt.node)
    wanted = step.type == "geopoint" or "geopoint" in step.accept or "location" in step.accept
    if not wanted or not (abs(location.latitude) <= 90 and abs(location.longitude) <= 180):
        failed(draft, prompt.node, prompt.at, expected(draft, step, ""))
        return
    accuracy = location.accuracy if location.accuracy is not None and isfinite(location.accuracy) else None
    value: Value = {"lat": location.latitude, "lon": location.longitude, "accuracy": accuracy, "place": location.place}
    accept(draft, prompt.node, prompt.at, f"{location.latitude}, {location.longitude}", value)


def answer_media(draft: Draft, prompt: Prompt, media: Media) -> None:
    """Takes an attachment, where that kind is asked for; a caption answers a question that wants text."""
    step = draft.step_at(prompt.node)
    wanted = {step.type} | set(step.accept)
    if media.kind in wanted or (step.type == "file" and media.kind in MEDIA):
        if not media.sha256:  # its content could not be had: it is asked for again, which is nobody's failed try
            lost = draft.speaks.say("engine.file_lost")
            put(draft, prompt.node, prompt.at, lost, options_of(draft, step, prompt.at))
            return
        accept(draft, prompt.node, prompt.at, media.name or media.reference, stored(media), comment=media.caption)
    elif media.caption.strip() and step.type not in MEDIA:
        answer_text(draft, prompt, media.caption)
    else:
        failed(draft, prompt.node, prompt.at, expected(draft, step, ""))
    heard_of(draft, media)
