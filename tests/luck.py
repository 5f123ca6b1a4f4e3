"""How the properties are tried that Hypothesis draws examples for.

`make test` draws the same examples each time: whether a change is kept is not a matter of luck. `EXAMPLES=20000` in the
environment draws at least so many by chance, which is for looking deep by hand: `EXAMPLES=20000 make test ARGS=tests/engine`.
What is found so becomes an `@example` or a test of its own.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

WANTED = int(os.environ.get("EXAMPLES", "0"))
"""Examples that whoever runs the tests wants of each property; 0: as many as the property says, the same each time."""


def settle() -> None:
    """Says it to Hypothesis, before the first property is imported. How long an example takes never decides anything."""
    settings.register_profile(
        "minga",
        max_examples=max(WANTED, 100),
        derandomize=not WANTED,
        database=None,
        deadline=None,
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    settings.load_profile("minga")
    if not WANTED:
        # it mixes in the constants of every module imported so far: other tests, or other code, would be other examples
        providers._get_local_constants = Constants


def examples(count: int) -> settings:
    """Returns the settings of a property that is tried with `count` examples, or with as many as are wanted."""
    return settings(max_examples=max(count, WANTED))
