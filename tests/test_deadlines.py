"""Many waits of one length."""

import asyncio

import pytest

from bot.deadlines import Deadlines


async def late(deadlines, seconds):
    with deadlines.wait():
        await asyncio.sleep(seconds)
    return seconds


async def test_whoever_is_late_is_told_and_nobody_else():
    deadlines = Deadlines(0.1)
    told = await asyncio.gather(*(late(deadlines, seconds) for seconds in (0, 5, 0.01, 6, 0)), return_exceptions=True)
    assert [type(one) for one in told] == [int, TimeoutError, float, TimeoutError, int]
    assert not deadlines._waits


async def test_each_has_its_own_time():
    deadlines, loop = Deadlines(0.2), asyncio.get_running_loop()
    begun = loop.time()

    async def one(after):
        await asyncio.sleep(after)
        with pytest.raises(TimeoutError):
            await late(deadlines, 9)
        return loop.time() - begun

    first, second = await asyncio.gather(one(0), one(0.15))
    assert 0.2 <= first < 0.34 <= second
    assert await late(deadlines, 0.01)  # and the timer is set anew afterwards


async def test_whoever_is_cancelled_is_not_late():
    task = asyncio.create_task(late(Deadlines(5), 9))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_cancelled_and_late_at_once_is_cancelled():
    deadlines = Deadlines(0.05)
    task = asyncio.create_task(late(deadlines, 9))
    await asyncio.sleep(0)
    wait = next(iter(deadlines._waits))
    task.cancel()
    wait.ring()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_what_is_raised_inside_comes_out_as_it_is():
    deadlines = Deadlines(5)
    with pytest.raises(ZeroDivisionError), deadlines.wait():
        raise ZeroDivisionError
    assert not deadlines._waits
    deadlines.close()


def test_it_needs_a_task():
    with pytest.raises(RuntimeError), Deadlines(1).wait():
        pass


def test_a_second_loop_has_its_own_timer():
    deadlines = Deadlines(0.05)
    assert asyncio.run(late(deadlines, 0)) == 0
    with pytest.raises(TimeoutError):
        asyncio.run(late(deadlines, 2))
