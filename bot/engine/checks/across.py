"""Between flows: an identifier, a start word and a link belong to one open flow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.engine.answers import fold
from bot.engine.checks.words import start_words
from bot.engine.flow import Flow
from bot.engine.loading.outline import Outline


def check_across(outlines: Sequence[Outline], running: Iterable[Flow]) -> None:
    """Reports identifiers, start words and links that two of these flows have, or one of them and a flow that is open already.

    An open version of a flow that is being judged does not count: it will be replaced.
    """
    judged = {outline.header.get("flow") for outline in outlines}
    words: dict[str, str] = {}
    links: dict[str, str] = {}
    for flow in running:
        if flow.flow not in judged:
            words.update({fold(word): flow.flow for word in flow.words})
            links.update(dict.fromkeys(flow.links, flow.flow))
    files: dict[str, str] = {}
    for outline in outlines:
        document = outline.document
        problems = document.problems
        name = str(outline.header.get("flow", ""))
        if name and name in files:
            problems.error(document.line(("flow",)), "flow_twice", flow=name, file=files[name])
        files.setdefault(name, problems.file)
        own: dict[str, str] = {}
        for word, at in start_words(document):
            owner = words.get(fold(word), name)
            if owner != name:
                problems.error(document.line(at), "start_word_taken", word=word, flow=owner)
            own[fold(word)] = name
        for link in outline.header.get("links", {}):
            owner = links.setdefault(link, name)
            if owner != name:
                problems.error(document.key(("start", "links", link)), "link_taken", link=link, flow=owner)
        words = own | words
