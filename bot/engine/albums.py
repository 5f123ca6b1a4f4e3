"""Albums: several attachments that a person sent together, as one, come as messages of their own."""

from __future__ import annotations

from dataclasses import replace

from bot.engine.draft import Draft, key_of
from bot.engine.state import Prompt
from bot.vocabulary import Media, Value


def stored(media: Media) -> Value:
    """Returns an attachment as an answer keeps it."""
    value: dict[str, object] = {
        "kind": media.kind, "reference": media.reference, "content_type": media.content_type, "sha256": media.sha256,
        "size": media.size, "name": media.name, "caption": media.caption,
    }  # fmt: skip
    return value | {"album": media.album} if media.album else value


def of_album(draft: Draft, prompt: Prompt, media: Media) -> bool:
    """Takes an attachment that belongs to one heard just before, and returns True; False where it is to be judged by itself.

    Of an album that answered, the others are rows of the journal, without a reply. Of one that was not understood, the others are
    no further failed tries: they were sent before anybody could say so.
    """
    if not media.album:
        return False
    if draft.former is not None:
        node, at = draft.former
        step = draft.step_at(node)
        held = draft.held.get(key_of(step.name, at))
        if isinstance(held, dict) and held.get("album") == media.album:
            if media.sha256:  # else its content could not be had, which staff see in the log
                raw = media.name or media.reference
                draft.record(step.name, step.type, at, raw, stored(media), reason="joined", comment=media.caption)
            return True
    return isinstance(prompt.detail, dict) and prompt.detail.get("album") == media.album


def heard_of(draft: Draft, media: Media) -> None:
    """Remembers with the question that is on the screen now that the first of this album was heard."""
    if media.album and draft.prompt is not None and draft.prompt.asking == "question":
        draft.prompt = replace(draft.prompt, detail={"album": media.album})
