"""WhatsApp and SMS through Twilio: two channels over one account."""

from bot.channels.twilio.account import Account, TwilioApi
from bot.channels.twilio.contents import Contents, ForgetfulContents
from bot.channels.twilio.sms import SmsChannel
from bot.channels.twilio.whatsapp import WhatsAppChannel
from bot.channels.twilio.wire import channel_of

__all__ = [
    "Account",
    "Contents",
    "ForgetfulContents",
    "SmsChannel",
    "TwilioApi",
    "WhatsAppChannel",
    "channel_of",
]
