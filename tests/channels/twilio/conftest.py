"""Twilio's API on this machine, and the two channels over it, by the real client."""

import time
from datetime import UTC, datetime

import pytest

from bot.channels.twilio import Account, SmsChannel, TwilioApi, WhatsAppChannel
from bot.channels.twilio.transport import Transport
from tests.peers.twilio_api import SID, TOKEN, TwilioPeer


def now():
    return datetime.fromtimestamp(time.time(), UTC)


@pytest.fixture
async def peer():
    started = await TwilioPeer().start()
    yield started
    await started.stop()


@pytest.fixture
async def api(peer):
    account = Account(SID, TOKEN, api_url=peer.url, callback_url="https://minga.example.ec/webhooks/twilio/status")
    made = TwilioApi(account, Transport(peer.url, connect=0.5, total=1.0))
    yield made
    await made.close()


@pytest.fixture
def sms(api):
    return SmsChannel(api, plained={"es"})


@pytest.fixture
def whatsapp(api):
    return WhatsAppChannel(api)
