"""Makes the fonts of bot/printing/fonts from Adobe's, once, by whoever maintains them: nothing of it runs where Minga runs.

    npm pack source-sans@3.52.0 source-serif@4.5.1 source-code-pro@2.42.0    (and unpack each, into one folder)
    python tests/printing/make_fonts.py FOLDER

What stays: Latin letters of every language (Spanish, Kichwa, and Shuar, whose nasal vowels bear a line below), the marks above
and below, figures, punctuation, and the signs that reports use. What is changed must bear another name, as the licence asks
(OFL.txt, condition 3: "Source" is a reserved font name). `letters.txt` tells what all of them have, for `bot.printing.letters`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

HERE = Path(__file__).parents[2] / "bot" / "printing" / "fonts"

FONTS = (
    ("SourceSans3-Regular.otf", "Minga Sans", "Regular"),
    ("SourceSans3-It.otf", "Minga Sans", "Italic"),
    ("SourceSans3-Semibold.otf", "Minga Sans", "Semibold"),
    ("SourceSans3-Bold.otf", "Minga Sans", "Bold"),
    ("SourceSerif4Display-Semibold.otf", "Minga Serif", "Semibold"),
    ("SourceSerif4-It.otf", "Minga Serif", "Italic"),
    ("SourceCodePro-Regular.otf", "Minga Mono", "Regular"),
)

RANGES = (
    (0x20, 0x7E),
    (0xA0, 0x24F),  # Latin-1, Latin Extended A and B
    (0x2B0, 0x36F),  # letters that modify (ʼ), and marks that combine
    (0x1E00, 0x1EFF),  # Latin Extended Additional
    (0x2000, 0x206F),  # punctuation
    (0x2070, 0x209F),
    (0x20A0, 0x20BF),
    (0x2100, 0x214F),
    (0x2190, 0x2199),  # arrows
    (0x2200, 0x22FF),
    (0x25A0, 0x25FF),
    (0x2713, 0x2718),
)

FEATURES = ["ccmp", "locl", "mark", "mkmk", "kern", "liga", "pnum", "tnum", "lnum"]


def make(source: Path, family: str, style: str) -> set[int]:
    """Writes one font, and returns the characters that it has."""
    # its times stay the original's, so that the same source makes the same bytes
    font = TTFont(source, recalcTimestamp=False)
    options = Options()
    options.layout_features = FEATURES
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 9, 13, 14, 16, 17]
    options.notdef_outline = True
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[code for first, last in RANGES for code in range(first, last + 1)])
    subsetter.subset(font)
    bare = family.replace(" ", "")
    names = {
        1: family if style in ("Regular", "Italic", "Bold") else f"{family} {style}",
        2: style if style in ("Regular", "Italic", "Bold") else "Regular",
        3: f"{font['name'].getDebugName(5)};{bare}-{style}",
        4: f"{family} {style}",
        6: f"{bare}-{style}",
        16: family,
        17: style,
    }
    for number, text in names.items():
        font["name"].setName(text, number, 3, 1, 0x409)
    outlines = font["CFF "].cff
    outlines.fontNames = [f"{bare}-{style}"]
    outlines.topDictIndex[0].FullName = f"{family} {style}"
    outlines.topDictIndex[0].FamilyName = family
    font.save(HERE / f"{bare}-{style}.otf")
    return set(font.getBestCmap())


def spans(codes: set[int]) -> str:
    """Returns these characters as lines such as "0020-007E"."""
    found: list[list[int]] = []
    for code in sorted(codes):
        if found and found[-1][1] == code - 1:
            found[-1][1] = code
        else:
            found.append([code, code])
    return "".join(f"{first:04X}-{last:04X}\n" for first, last in found)


def main() -> None:
    """Makes them all."""
    folder = Path(sys.argv[1])
    every = set[int]()
    for place, (name, family, style) in enumerate(FONTS):
        source = next(iter(sorted(folder.rglob(f"OTF/{name}"))))
        found = make(source, family, style)
        every = found if place == 0 else every & found
    (HERE / "letters.txt").write_text(spans(every), encoding="ascii")


if __name__ == "__main__":
    main()
