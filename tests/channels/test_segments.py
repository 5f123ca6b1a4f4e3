"""The cost of an SMS, against the vectors of tests/data (their origin is in LICENCES.md) and what the standard says."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.segments import BASIC, ESCAPED, segments

VECTORS = json.loads((Path(__file__).parents[1] / "data" / "sms_segment_vectors.json").read_text("utf-8"))


def test_the_vectors_are_there():
    assert len(VECTORS) == 77


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_vector(vector):
    cost = segments(vector["text"])
    assert (cost.encoding, cost.count) == (vector["encoding"], vector["segments"])
    if "non_gsm" in vector:
        assert set(cost.costly) == set("".join(vector["non_gsm"]))


def test_the_tables_are_the_standards():
    assert len(BASIC) == 127  # 128 codes less the escape itself
    assert len(ESCAPED) == 10
    assert not BASIC & ESCAPED


def test_the_costly_characters_are_named_once_in_their_order():
    assert segments("más allá, así").costly == ("á", "í")


@given(st.text(alphabet=sorted(BASIC | ESCAPED), max_size=500))
def test_more_text_never_costs_less(text):
    costs = [segments(text[:end]).count for end in range(0, len(text) + 1, 7)]
    assert costs == sorted(costs)
