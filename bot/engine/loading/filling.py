"""Texts in every language of the flow: as written in line, else as the catalogue has them, else a problem."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.engine.loading.document import Document, Path

Translate = Callable[[str, str, str], str | None]
"""(language, context "flow.step", text in the default language) → the text in that language, None where there is none."""


@dataclass(slots=True)
class Filler:
    """Fills texts for one flow. `languages`: the default first. `gathered` keeps (line, context, text) for translators."""

    document: Document
    flow: str
    languages: tuple[str, ...]
    translate: Translate | None
    gathered: list[tuple[int, str, str]]

    def fill(self, text: str | Mapping[str, str], path: Path, step: str) -> dict[str, str]:
        """Returns the text in each language. One that is missing, or that the flow does not declare, is a problem."""
        default = self.languages[0]
        written = {default: text} if isinstance(text, str) else text
        self.undeclared(written, path)
        filled = {code: written[code] for code in self.languages if written.get(code)}
        base = filled.get(default)
        context = f"{self.flow}.{step}"
        if base is not None:
            self.gathered.append((self.document.line(path), context, base))
            if self.translate is not None:
                for code in self.languages:
                    if code not in filled and (found := self.translate(code, context, base)):
                        filled[code] = found
        missing = [code for code in self.languages if code not in filled]
        if missing:
            self.document.problems.error(
                self.document.key(path), "language_missing", key=_last(path), languages=", ".join(missing), step=step
            )
        return filled

    def undeclared(self, written: Mapping[str, object], path: Path) -> None:
        """Reports languages that the flow does not declare."""
        for code in written:
            if code not in self.languages:
                self.document.problems.error(
                    self.document.key((*path, code)), "language_undeclared", language=code, declared=", ".join(self.languages)
                )


def _last(path: Path) -> str:
    return next((part for part in reversed(path) if isinstance(part, str)), "")
