"""How patient the delivery is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """How sending is repeated. Seconds.

    `lease` is how long a claimed row is ours; `send` how long one sending may take (well below the lease; a provider may be slow,
    and giving up on what it takes in the end would cost the message). After a failed try comes a pause of `first`, doubled each
    time up to `longest`, shortened by chance by up to a half. After `tries` we give up. `flight` is how many rows of one sender
    may be claimed at once; campaigns take half of that at most.

    After `broken` failures in a row that are the provider's, nothing more is sent by that sender but one message now and then to
    see whether it is back: first after `probe`, then doubled up to `rarest`. Meanwhile no message's tries count. After
    `looked` a message whose fate is unknown is looked for, where the channel can do that.
    """

    lease: float = 60.0
    send: float = 45.0
    first: float = 2.0
    longest: float = 900.0
    tries: int = 12
    flight: int = 256
    broken: int = 5
    probe: float = 5.0
    rarest: float = 60.0
    looked: float = 1.0
