"""Typst at work: one of our templates and what it is to say become a PDF or a picture. The only place that calls it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import orjson

from bot.printing.letters import FONTS, Letters, read_letters

if TYPE_CHECKING:  # 84 MB of compiled code, wanted only when something is printed
    from typst import Fonts

_TEMPLATES = Path(__file__).parent
_NOWHERE = _TEMPLATES / "packages"
"""Where Typst would look for packages before it asked the network: no template imports one, and there is no such folder."""


@dataclass(frozen=True, slots=True)
class Press:
    """The fonts, read once, and which letters they have. Built by `press()`; any thread may print with it.

    What is printed holds no secret from the template, and the template holds no loop but over the report's pieces: time and
    memory grow with the report alone, whose charts and tables are as long as the flow's questions have choices.
    """

    fonts: Fonts
    letters: Letters

    def pdf(self, data: object, *, made: int) -> bytes:
        """Returns the report as a PDF that screen readers can follow (PDF/UA-1), dated `made` (seconds since 1970).

        The same data makes the same bytes.
        """
        return self._print("report", data, "pdf", made=made)

    def png(self, data: object) -> bytes:
        """Returns the card as a picture: a point of its template is a pixel."""
        return self._print("card", data, "png", made=0)

    def poster(self, data: object) -> bytes:
        """Returns posters as a PDF without a date."""
        return self._print("poster", data, "pdf", made=0)

    def _print(self, name: str, data: object, form: Literal["pdf", "png"], *, made: int) -> bytes:
        import typst

        printed = typst.compile(
            _TEMPLATES / f"{name}.typ",
            root=_TEMPLATES,
            font_paths=self.fonts,
            ignore_system_fonts=True,
            format=form,
            ppi=72,
            sys_inputs={name: orjson.dumps(data).decode()},
            pdf_standards="ua-1" if form == "pdf" else None,
            package_path=_NOWHERE,
            package_cache_path=_NOWHERE,
            timestamp=made,
        )
        assert isinstance(printed, bytes), "a card is one page"
        return printed


def press() -> Press:
    """Reads the fonts: those that ship with Minga, neither the machine's nor Typst's own."""
    import typst

    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])
    return Press(fonts, read_letters())
