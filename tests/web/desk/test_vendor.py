from __future__ import annotations

import hashlib
import re

from bot.web.pages import HERE

VENDOR = HERE / "vendor"


def test_what_others_wrote_is_what_was_read_and_bears_its_licence():
    told = dict(re.findall(r"SHA-256 of (\S+): (\w{64})", (VENDOR / "README.md").read_text(encoding="utf-8")))
    files = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in VENDOR.glob("*.min.*")}
    assert len(files) == 2
    assert files == told
    for name in files:
        licence = (VENDOR / f"{name.partition('.')[0]}.LICENSE.txt").read_text(encoding="utf-8")
        assert "Permission" in licence


def test_neither_asks_anything_of_another_host():
    for file in VENDOR.glob("*.min.*"):
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"""(?:url\(|src=|import |fetch\()["']?(?:https?:)?//""", text), file.name
