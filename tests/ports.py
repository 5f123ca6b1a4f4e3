"""Ports for servers that a test starts in another process."""

from __future__ import annotations

import itertools
import os
import socket

# below the ports that the kernel gives to whoever asks for any (from 32768 on), a hundred for each process of tests:
# between finding one free and listening there nobody else takes it
_FIRST, _EACH, _PROCESSES = 11_000, 100, 210
_COUNT = itertools.count()


def free_port() -> int:
    """Returns a port where nobody listens, and which no other test is given."""
    while True:
        port = _FIRST + os.getpid() % _PROCESSES * _EACH + next(_COUNT) % _EACH
        with socket.socket() as tried:
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
