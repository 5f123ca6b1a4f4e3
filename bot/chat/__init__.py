"""`minga chat`: a flow played in the terminal, or by a program, by the same way as on any channel: turn, outbox, delivery."""

from bot.chat.playing import Asked, ChatRefused, House, play

__all__ = ["Asked", "ChatRefused", "House", "play"]
