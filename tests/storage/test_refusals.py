"""Whatever storage refuses is said in the reader's language, with every place of the text filled."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from bot.engine.language import places_of
from storage import refusal
from storage.refusal import KeyRefused, Refused

ROOT = Path(refusal.__file__).parent
REFUSALS = {"Refused", "KeyRefused", "LockRefused", "BackupRefused", "MigrationRefused", "ArchiveBroken"}


def refusals() -> list[tuple[str, frozenset[str], str]]:
    """Every refusal that the source can raise: its key, the places it fills, and where it stands."""
    found = []
    for file in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in REFUSALS and node.args:
                places = frozenset(keyword.arg for keyword in node.keywords if keyword.arg is not None)
                texts = [piece.value for piece in ast.walk(node.args[0]) if isinstance(piece, ast.Constant)]
                found += [(text, places, f"{file.name}:{node.lineno}") for text in texts if isinstance(text, str) and "." in text]
    return found


@pytest.mark.parametrize("language", ["es", "en"])
def test_every_refusal_has_its_text(language: str) -> None:
    with (ROOT.parent / "locales" / language / "LC_MESSAGES" / "bot.po").open("rb") as stream:
        texts = {str(message.id): str(message.string) for message in read_po(stream)}
    seen = refusals()
    assert len(seen) > 35
    for key, places, where in seen:
        assert texts.get(key), f"{where}: {key} has no text in {language}"
        wanted = places_of(texts[key])
        assert wanted <= places, f"{where}: {key} does not fill {wanted - places}"


def test_a_refusal_tells_its_key_and_places_to_developers() -> None:
    refused = KeyRefused("keys.wrong", source="x")
    assert isinstance(refused, Refused)
    assert str(refused) == "keys.wrong source=x"
