"""Why the house refuses: errors that a person at the terminal can mend.

Each carries the key of its text in the catalogues and what fills the text's places, so that the command line can say in the
reader's language what is wrong and what to do, and a test can tell one reason from another.
"""

from __future__ import annotations


class Refused(Exception):  # noqa: N818 because it is a decision of ours, not a fault
    """Something was asked that must not be done as things stand; nothing has been changed.

    `key` is the text's key ("keys.missing"); `places` fill it.
    """

    def __init__(self, key: str, **places: object) -> None:
        super().__init__(key + "".join(f" {name}={value}" for name, value in places.items()))
        self.key = key
        self.places = places


class KeyRefused(Refused):
    """The secret key is missing, wrong, or cannot be read; without it the database would be unreadable or half readable."""


class LockRefused(Refused):
    """Another process holds the lock that this work needs."""


class BackupRefused(Refused):
    """A backup cannot be written there, or the one given cannot be restored as asked."""


class ArchiveBroken(Refused):
    """A backup archive is damaged, cut short, or not one of ours. Nothing of it was used."""
