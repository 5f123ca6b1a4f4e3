"""What each channel can do, as data. The renderer and the delivery read these records and nothing else about a channel.

The figures are the providers' published limits (Bot API 10.1; Twilio's pages on Content types and messaging limits).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Literal

Kind = Literal["image", "audio", "video", "file"]

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Abilities:
    """One channel's abilities. A limit of 0 means "not at all".

    `text` is the longest text of one message, `caption` the longest beside an attachment, counted as `counting` says.
    `buttons` is how many buttons one message may bear, `button_label` how long each may be; `rows` and `row_label` say the
    same of a list, `row_description` is the second line that a row may have; `body` is the longest text above buttons or a
    list. `press` is the room for what a button carries back, in bytes.
    `several` tells how more than one choice is made: by toggled buttons, or typed. `always_numbered`: options are in the text.
    `media_in` and `media_out` are the largest attachments by kind, in bytes; a kind that is missing is not taken.
    `beside` are the kinds of attachment that share a message with a text; others go before it as messages of their own, and so
    does every attachment where options are shown as buttons or rows. None: the channel sees to that by itself.
    `location` and `contact`: a button may ask for them. `edit`: a sent message can be changed. `typing`: "is writing" exists.
    `fetches`: the provider takes no file, it fetches attachments at a public address of ours.
    `window`: after that long without a word from the person only an approved template may be sent (None: always free text).
    `plained` are the languages whose texts go without the letters that cost double (see `bot.channels.economy`).
    `two_way`: people can answer. `pace` is messages a second of one sender, `pace_person` those to one person, `burst` how many
    of these may go at once. `charged`: what the provider counts for its bill.
    """

    text: int
    caption: int = 0
    counting: Literal["characters", "utf16"] = "utf16"
    buttons: int = 0
    button_label: int = 0
    rows: int = 0
    row_label: int = 0
    row_description: int = 0
    body: int = 0
    press: int = 0
    several: Literal["toggled", "typed"] = "typed"
    always_numbered: bool = False
    media_in: Mapping[Kind, int] = field(default_factory=lambda: MappingProxyType({}))
    media_out: Mapping[Kind, int] = field(default_factory=lambda: MappingProxyType({}))
    beside: frozenset[Kind] | None = None
    location: bool = False
    contact: bool = False
    edit: bool = False
    typing: bool = False
    fetches: bool = False
    window: timedelta | None = None
    plained: frozenset[str] = frozenset()
    two_way: bool = True
    pace: float = 1.0
    pace_person: float = 1.0
    burst: int = 1
    charged: Literal["nothing", "message", "segment"] = "nothing"

    def length(self, text: str) -> int:
        """Returns how long the channel takes this text to be."""
        if text.isascii() or self.counting == "characters":
            return len(text)
        return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _media(**megabytes: int) -> Mapping[Kind, int]:
    kinds: tuple[Kind, ...] = ("image", "audio", "video", "file")
    return MappingProxyType({kind: megabytes[kind] * MEGABYTE for kind in kinds if kind in megabytes})


TELEGRAM = Abilities(
    text=4096,
    caption=1024,
    buttons=100,
    button_label=64,  # Telegram names no limit; a phone shows about this much of a button that has a line for itself
    body=4096,
    press=64,
    several="toggled",
    media_in=_media(image=20, audio=20, video=20, file=20),
    media_out=_media(image=10, audio=50, video=50, file=50),
    beside=frozenset({"image", "audio", "video", "file"}),  # every kind bears a caption
    location=True,
    contact=True,
    edit=True,
    typing=True,
    pace=25.0,  # the published "about 30" less some room
    pace_person=1.0,
    burst=3,
)

WHATSAPP = Abilities(
    text=1600,
    caption=1600,
    buttons=3,
    button_label=20,
    rows=10,
    row_label=24,
    row_description=72,
    body=1024,
    press=200,
    media_in=_media(image=16, audio=16, video=16, file=16),
    media_out=_media(image=16, audio=16, video=16, file=16),
    beside=frozenset({"image", "video"}),  # Twilio takes no caption for documents, WhatsApp shows none with audio
    typing=True,
    fetches=True,
    window=timedelta(hours=24),
    pace=80.0,
    pace_person=1.0,
    burst=3,
    charged="message",
)

SMS = Abilities(text=1600, always_numbered=True, pace=1.0, pace_person=1.0, burst=1, charged="segment")

CONSOLE = Abilities(
    text=100_000,
    caption=100_000,
    counting="characters",
    buttons=1000,
    button_label=1000,
    body=100_000,
    press=1000,
    several="toggled",
    media_in=_media(image=20, audio=20, video=20, file=20),
    media_out=_media(image=20, audio=20, video=20, file=20),
    location=True,
    pace=1000.0,
    pace_person=1000.0,
    burst=1000,
)

LOOKS: Mapping[str, Abilities] = MappingProxyType({"telegram": TELEGRAM, "whatsapp": WHATSAPP, "sms": SMS, "console": CONSOLE})
"""What the console and the simulator can look as."""
