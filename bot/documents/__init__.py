"""What the municipality has published already: read from folders and lists, so that residents find it before they ask."""

from bot.documents.found import Found, Read
from bot.documents.reading import read

__all__ = ["Found", "Read", "read"]
