"""The way in: what providers deliver is verified, read event by event, and is a row before they are answered."""

from bot.inbound.doors import Doors
from bot.inbound.draining import Draining
from bot.inbound.flood import Flood
from bot.inbound.ingest import Answer, Bounds, Ingest
from bot.inbound.polling import Polling

__all__ = ["Answer", "Bounds", "Doors", "Draining", "Flood", "Ingest", "Polling"]
