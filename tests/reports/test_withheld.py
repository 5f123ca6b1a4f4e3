"""What tells who somebody is stays in."""

from __future__ import annotations

import pytest

from bot.reports.withheld import withheld
from tests.reports.survey import flow

HEAD = "flow: f\nkind: survey\ntitle: T\nlanguages: [es]\nsurvey:\n"


@pytest.mark.parametrize(
    ("steps", "names"),
    [
        (["{type: phone, name: a, label: A}", "{type: email, name: b, label: B}"], {"a", "b"}),
        (["{type: text, name: a, label: A}"], set()),
        (["{type: text, name: a, label: A, personal: true}"], {"a"}),
        (["{type: text, name: a, label: A, personal: true, quasi: {coarsen: canton}}"], set()),
        (["{type: integer, name: a, label: A, personal: true}"], set()),
        (["{type: geopoint, name: a, label: A, personal: true}"], {"a"}),
        (["{type: image, name: a, label: A, personal: true}"], {"a"}),
        (["{type: select_one, name: a, label: A, personal: true, other: true, choices: {x: X, y: Y}}"], {"a_other"}),
        (
            [
                "{type: text, name: a, label: A, personal: true}",
                "{type: calculate, name: b, calculation: \"concat(${a}, '!')\"}",
                '{type: calculate, name: c, calculation: "${b}"}',
                '{type: calculate, name: d, calculation: "1 + 1"}',
            ],
            {"a", "b", "c"},
        ),
    ],
)
def test_what_is_withheld(steps: list[str], names: set[str]):
    assert withheld(flow(HEAD + "\n".join(f"  - {step}" for step in steps))) == names
