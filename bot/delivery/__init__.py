"""Delivery: claims due messages, hands them to their channels, and writes down what became of each, then and later."""

from bot.delivery.deliveries import Deliveries
from bot.delivery.patience import Patience
from bot.delivery.pricing import Pricing
from bot.delivery.senders import Opening

__all__ = ["Deliveries", "Opening", "Patience", "Pricing"]
