"""Text as it comes from outside, made fit to be kept."""

from __future__ import annotations


def clean(text: str) -> str:
    """Returns a text that every database and JSON can keep: without NUL, and half characters replaced."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
