"""Invariant 4: what must survive a crash is a row. A process under load is killed with -9, again and again."""

import asyncio
import os
import random
import signal
import sys
from pathlib import Path

from bot.vocabulary import Start, Text
from tests.world import World

ROOT = Path(__file__).parent.parent
PEOPLE = 40
WORDS = ["start", "34", "una idea", "1"]

RESIDENTS = """
import asyncio, sys
from bot.vocabulary import Start, Text
from tests.test_turn_killed import PEOPLE, resident
from tests.world import World

async def main(url, done):
    world = World(url)
    deliver = asyncio.ensure_future(world.deliveries.run(idle=0.01))
    progress = dict(pair.split(":") for pair in done.split(",") if pair)
    def acknowledge(person, number):
        print(person, number, flush=True)
    await asyncio.gather(*(resident(world, n, int(progress.get(str(n), 0)), acknowledge) for n in range(PEOPLE)))
    print("end", flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


async def resident(world, person, begin, acknowledge):
    """Sends what is left of the survey, as a provider does: the next only after the former was acknowledged."""
    for number in range(begin, len(WORDS)):
        content = Start("encuesta") if number == 0 else Text(WORDS[number])
        # the simulator shows at once, so that every answer meets its question
        incoming = world.incoming(f"p{person}", content, event=f"{person}/{number}", channel="simulator")
        await world.turns.handle(incoming)
        acknowledge(person, number)


async def test_killed_again_and_again_it_loses_nothing_and_repeats_nothing(database_url):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done: dict[int, int] = {}
    rounds = 0
    while True:
        rounds += 1
        assert rounds < 60
        told = ",".join(f"{person}:{number}" for person, number in done.items())
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", RESIDENTS, database_url, told, cwd=ROOT, env=environment, stdout=asyncio.subprocess.PIPE
        )
        limit = random.randint(5, 60)
        heard = 0
        ended = False
        async for line in process.stdout:
            word = line.decode().split()
            if len(word) == 2 and all(part.isdecimal() for part in word):
                done[int(word[0])] = int(word[1]) + 1
                heard += 1
            ended = ended or word == ["end"]
            if heard == limit and not ended:
                process.send_signal(signal.SIGKILL)
        await process.wait()
        if ended:
            break
        recount(database_url, done)
    assert rounds > 2, "it was never killed"
    recount(database_url, done)


def recount(url, done):
    """Whatever was acknowledged is there: the event, and its answer, once."""
    world = World(url)
    try:
        # one statement sees one moment: PostgreSQL may still finish what a killed process had sent it
        rows = world.rows("""
            SELECT event, (SELECT count(*) FROM answer), (SELECT count(*) FROM conversation), (SELECT count(*) FROM quarantine),
                (SELECT count(*) FROM outbox WHERE priority = 0)
            FROM inbox
        """)
        events = {event for event, *_ in rows}
        acknowledged = {f"{person}/{number}" for person, count in done.items() for number in range(count)}
        assert acknowledged <= events
        answers, conversations, quarantined, replies = rows[0][1:] if rows else (0, 0, 0, 0)
        # an event and its answer are one commit: as many answers as events that answer
        assert answers == sum(not event.endswith("/0") for event in events)
        assert conversations == sum(event.endswith("/0") for event in events)
        assert quarantined == 0
        # and each has its reply, in the outbox or already sent; what takes buttons off an answered question comes after those
        assert replies == len(events)
    finally:
        world.close()
