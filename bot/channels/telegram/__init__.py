"""Telegram: a file for each idea. `channel` is the channel, `setup` what is agreed with Telegram once."""

from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.setup import Me, Webhook, delete_webhook, introduce, secret_of, set_webhook, webhook

__all__ = ["Me", "TelegramChannel", "Webhook", "delete_webhook", "introduce", "secret_of", "set_webhook", "webhook"]
