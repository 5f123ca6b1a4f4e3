"""Minga's own measurements: python bench/wires.py webhook | crash | campaign | whole.

webhook: messages a second over Telegram's or Twilio's wire, replies sent by REST, as a ratio to a server that does nothing;
medians of several runs. crash: kill -9 at random moments under doubled and reordered webhooks, and what came of every message.
campaign: how long answers take while a campaign runs beside them, and how exactly it keeps its pace. whole: how long residents
wait on every channel, with a whole flow that ships, beside a campaign.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from wires_beside import campaign
from wires_installation import HERE, PATHS, Installation, Wire, build_driver, drive, free_port, result, wait_for, wait_ready

_QUESTIONS = 8


def noop(driver: Path, wire: Wire, options: argparse.Namespace) -> dict[str, Any]:
    port, api = free_port(), free_port()
    server = subprocess.Popen([sys.executable, HERE / "wires_noop.py"], env=os.environ | {"PORT": str(port)})
    try:
        wait_for(port)
        running = drive(
            driver, port=port, api=api, wire=wire, path=PATHS[wire], pid=server.pid, conc=options.conc, seconds=options.seconds,
            noreply=True,
        )  # fmt: skip
        return result(running, options.seconds + 60)
    finally:
        server.kill()
        server.wait()


def minga(driver: Path, wire: Wire, options: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        api = free_port()
        house = Installation(Path(folder) / "minga", wire, api, **dict(each.split("=", 1) for each in options.set))
        house.start()
        try:
            wait_ready(house.port)
            assert house.process is not None
            running = drive(
                driver, port=house.port, api=api, wire=wire, path=PATHS[wire], pid=house.process.pid, conc=options.conc,
                seconds=options.seconds, warm=3, api_delay=options.api_delay,
            )  # fmt: skip
            return result(running, options.seconds + 200)
        finally:
            house.kill()


def webhook(driver: Path, options: argparse.Namespace) -> None:
    for wire in options.wires.split(","):
        ceiling, ours = [], []
        for _ in range(options.reps):
            ceiling.append(noop(driver, wire, options)["msg_s"])
            measured = minga(driver, wire, options)
            ours.append(measured["msg_s"])
            print(
                f"  {wire}: {measured['msg_s']:.0f} of {ceiling[-1]:.0f} messages/s · ack p50 p95 p99 {measured['ack_ms']} ms "
                f"· reply {measured['reply_ms']} ms · {measured['srv_cpu_us_per_msg']:.0f} µs CPU · {measured['rss_mb']:.0f} MB "
                f"· lost {measured['lost']} wrong {measured['wrong']} refused {measured['non2xx']}",
                flush=True,
            )
        most, here = statistics.median(ceiling), statistics.median(ours)
        print(
            f"{wire}: {here:.0f} messages/s = {100 * here / most:.1f} % of no-op ({most:.0f}), {options.conc} in flight",
            flush=True,
        )


def crash(driver: Path, options: argparse.Namespace) -> None:
    random.seed(options.seed)
    for wire in options.wires.split(","):
        with tempfile.TemporaryDirectory() as folder:
            api = free_port()
            house = Installation(Path(folder) / "minga", wire, api)
            house.start()
            wait_for(house.port)
            running = drive(
                driver, port=house.port, api=api, wire=wire, path=PATHS[wire], pid=None, conc=options.conc, convs=options.convs,
                seconds=options.kills * 3 + 120, crash=True, twice=20, timeout=100, quiet=True,
            )  # fmt: skip
            kills = 0
            try:
                while kills < options.kills and running.poll() is None:
                    time.sleep(random.uniform(0.1, 1.2))
                    house.kill(signal.SIGKILL)
                    kills += 1
                    house.start()
                    # one in five dies while it starts; were they all, a slow machine would never answer
                    (wait_for if random.random() < 0.2 else wait_ready)(house.port)
                measured = result(running, options.kills * 3 + 300)
                _settled(driver, house, api, wire)
                _told(wire, kills, measured, house)
            finally:
                running.kill()
                house.kill()


def _settled(driver: Path, house: Installation, api: int, wire: Wire) -> None:
    """Waits until nothing is queued any more, while the driver plays the provider alone."""
    provider = drive(driver, port=house.port, api=api, wire=wire, path=PATHS[wire], pid=None, convs=-1, seconds=120)
    until = time.monotonic() + 90
    while time.monotonic() < until:
        if house.rows("SELECT count(*) FROM outbox WHERE status IN ('queued', 'sending')") == [(0,)]:
            break
        time.sleep(0.2)
    provider.kill()
    provider.wait()


def _told(wire: str, kills: int, measured: dict[str, Any], house: Installation) -> None:
    answers = house.rows("SELECT conversation_id, count(*), count(DISTINCT step) FROM answer GROUP BY conversation_id")
    ended = dict(house.rows("SELECT id, status FROM conversation"))
    whole = sum(1 for place, _, steps in answers if ended[place] == "completed" and steps == _QUESTIONS)
    doubled = sum(count - steps for _, count, steps in answers)
    statuses = Counter(dict(house.rows("SELECT status, count(*) FROM outbox GROUP BY status")))
    lapsed = house.rows("SELECT count(*) FROM outbox WHERE attempts > 1")[0][0]
    told = {
        "conversations": measured["convs"],
        "stored": len(ended),
        "whole": whole,
        "webhooks sent again": measured["resends"],
        "webhooks doubled out of turn": measured["doubled"],
        "answers stored twice": doubled,
        "replies missing": measured["lost"],
        "replies of another step": measured["wrong"],
        "replies shown twice": measured["dup"],
        "messages tried more than once": lapsed,
        "outbox": dict(statuses),
        "quarantine": house.rows("SELECT count(*) FROM quarantine")[0][0],
    }
    print(f"{wire}: {kills} kills · " + " · ".join(f"{name} {count}" for name, count in told.items()), flush=True)
    bad = doubled or measured["lost"] or measured["wrong"] or whole != measured["convs"] or measured["dup"] > lapsed
    if bad:
        raise SystemExit("an invariant is broken")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python bench/wires.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", nargs="?", default="webhook", choices=["webhook", "crash", "campaign", "whole"])
    parser.add_argument("--wires", default="tg,twilio", help="tg, twilio or both")
    parser.add_argument("--conc", type=int, default=256, help="residents at once")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--reps", type=int, default=3)
    parser.add_argument("--api-delay", type=int, default=0, help="milliseconds that the provider takes to answer")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--convs", type=int, default=2000, help="conversations of the crash test")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=int, default=1000, help="messages a second of the campaign")
    parser.add_argument("--count", type=int, default=0, help="messages of the campaign (100,000; whole: 1,000 a channel)")
    parser.add_argument("--set", action="append", default=[], help="a setting without MINGA_, such as database_url=…")
    options = parser.parse_args()
    options.count = options.count or (1_000 if options.what == "whole" else 100_000)
    if options.what == "whole":
        from wires_whole import whole  # the tests' providers are needed for this one alone

        whole(options.count)
        return
    with tempfile.TemporaryDirectory() as folder:
        driver = build_driver(Path(folder))
        {"webhook": webhook, "crash": crash, "campaign": campaign}[options.what](driver, options)


if __name__ == "__main__":
    main()
