"""The chart of a flow is Mermaid of a strict form, says what the flow does, and nothing written in a flow breaks out of it.

The form below is a part of Mermaid's grammar; the charts of all flows here, hostile ones too, were also read by Mermaid 11.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.engine.graph import mermaid
from bot.engine.source import library, load
from bot.translations import load_languages

ROOT = Path(__file__).parents[2]
LANGUAGES = load_languages(ROOT / "locales", ("es", "en"))
FILES = [
    file
    for folder in ("flows", "tests/data/flows", "tests/conversations/flows", "tests/web/flows")
    for file in sorted((ROOT / folder).glob("*.yaml"))
]
LIBRARY = library({file.name: file.read_text(encoding="utf-8") for file in FILES})

_TEXT = r'"(?:[^"#&<>`\\{}\n;]|#(?:quot|gt|lt|\d+);|;|<br>)+"'
_NODE = re.compile(rf" +(n\d+)(?:\[{_TEXT}\]|\({_TEXT}\)|\(\[{_TEXT}\]\)|\{{{_TEXT}\}}|\{{\{{{_TEXT}\}}\}}|\[\[{_TEXT}\]\])")
_SUBGRAPH = re.compile(rf" +subgraph (g\d+)\[{_TEXT}\]")
_EDGE = re.compile(rf"  (n\d+) (?:-->|-\.->)(?:\|{_TEXT}\|)? (n\d+)")


class Chart:
    """A chart that was read: its nodes, its edges (from, to), its frames. Raises where a line is not of the form."""

    def __init__(self, text: str) -> None:
        first, *lines = text.rstrip("\n").split("\n")
        assert first == "flowchart TD"
        self.nodes: dict[str, str] = {}
        self.edges: list[tuple[str, str, str]] = []
        self.frames: set[str] = set()
        depth = 0
        for line in lines:
            if node := _NODE.fullmatch(line):
                assert node[1] not in self.nodes
                self.nodes[node[1]] = line.strip()
            elif frame := _SUBGRAPH.fullmatch(line):
                assert frame[1] not in self.frames
                self.frames.add(frame[1])
                depth += 1
            elif line.strip() == "end":
                depth -= 1
                assert depth >= 0
            else:
                edge = _EDGE.fullmatch(line)
                assert edge is not None, line
                self.edges.append((edge[1], edge[2], line))
        assert depth == 0
        for source, target, _ in self.edges:
            assert source in self.nodes and target in self.nodes

    def node(self, words: str) -> str:
        (found,) = [name for name, line in self.nodes.items() if words in line]
        return found

    def after(self, words: str) -> set[str]:
        return {self.nodes[target] for source, target, _ in self.edges if source == self.node(words)}

    def labels(self, words: str) -> list[str]:
        return re.findall(r'\|"(.*?)"\|', "\n".join(line for source, _, line in self.edges if source == self.node(words)))


def chart(text: str, code: str = "es") -> Chart:
    loaded = load(text, "f.yaml", library=LIBRARY)
    assert loaded.flow is not None, loaded.problems
    return Chart(mermaid(loaded.flow, LANGUAGES[code]))


GOOD = [file for file in FILES if load(file.read_text(encoding="utf-8"), file.name, library=LIBRARY).flow is not None]


@pytest.mark.parametrize("file", GOOD, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_every_flow_makes_a_chart_whose_nodes_are_all_tied(file: Path) -> None:
    made = chart(file.read_text(encoding="utf-8"))
    reached = {target for _, target, _ in made.edges}
    assert set(made.nodes) - reached == {"n1"}, "all but the beginning are led to"
    going = {source for source, _, _ in made.edges}
    assert all("([" in made.nodes[name] for name in set(made.nodes) - going), "only ends end"


def test_there_are_flows_to_draw() -> None:
    assert len(GOOD) > 15


HEAD = "flow: a\ntitle: A\nsurvey:\n"
CHOICE = "  - {type: select_one, name: q, label: ¿Va?, choices: {si: Sí, no: No}}\n"


def test_a_condition_is_a_fork_with_words_on_its_edges() -> None:
    made = chart(
        HEAD + CHOICE + "  - {type: text, name: r, label: R, relevant: \"${q} = 'si'\"}\n  - {type: note, label: Fin ya}\n"
    )
    assert made.labels('{"?"}') == ["q = 'si'", "si no"]
    assert {line[:3] for line in made.after('{"?"}')} == {"n4[", "n5("}


def test_neighbours_with_one_condition_share_a_fork_unless_they_decide_it() -> None:
    both = "".join(f"  - {{type: text, name: {name}, label: R, relevant: \"${{q}} = 'si'\"}}\n" for name in ("r", "s"))
    assert sum('{"?"}' in line for line in chart(HEAD + CHOICE + both).nodes.values()) == 1
    deciding = "".join(f'  - {{type: text, name: {name}, label: R, relevant: "${{q}} != ${{q}}"}}\n' for name in ("r", "s"))
    again = deciding.replace("name: s", "name: s").replace("${q} != ${q}", "${q} = 'si'", 1).replace("${q} != ${q}", "${r} = 'x'")
    assert sum('{"?"}' in line for line in chart(HEAD + CHOICE + again).nodes.values()) == 2


def test_groups_are_frames_and_repeats_go_back() -> None:
    made = chart(
        HEAD + "  - type: group\n    name: g\n    label: La casa\n    repeat_count: '2'\n    survey:\n"
        "      - {type: text, name: r, label: R}\n      - {type: text, name: s, label: S}\n  - {type: note, label: Adiós}\n"
    )
    assert made.frames == {"g0"}
    assert made.labels("s · text") == ["otra vez"]
    assert {line.partition("[")[0] for line in made.after("s · text")} == {"n2", 'n4("Adiós")'}


def test_a_group_of_nothing_but_sums_is_not_drawn() -> None:
    text = HEAD + CHOICE + "  - {type: group, name: g, survey: [{type: calculate, name: c, calculation: 1 + 1}]}\n"
    assert chart(text).frames == set()


def test_where_it_may_end_before_its_end_is_shown() -> None:
    text = "  - {type: acknowledge, name: a, label: A}\n  - {type: integer, name: n, label: N, retries: {times: 1, then: end}}\n"
    made = chart(HEAD + text)
    assert "Fin: no aceptó" in "".join(made.after("a · acknowledge"))
    assert "no se entiende 2 veces" in made.labels("n · integer")


def test_consent_and_summary_have_their_place() -> None:
    flow = HEAD.replace("title: A\n", "title: A\nconsent: x\nreview: yes\n") + "  - {type: text, name: a, label: A}\n"
    made = chart(flow + "  - {type: phone, name: b, label: B, personal: yes}\n  - {type: note, label: Adiós}\n")
    assert "Pide permiso (x)" in "".join(made.after("a · text"))
    assert "Resumen" in "".join(made.after("b · phone"))
    assert "Adiós" in "".join(made.after("Resumen"))


HOSTILE = "<script>x</script> `md` **x** | pipe | subgraph end --> %% ]]) [x] {y} (z) \\\\ ; & #quot; «ñ» 🌳"


def test_nothing_that_is_written_breaks_out() -> None:
    text = (
        f'flow: end\ntitle: \'{HOSTILE} " fin\'\nsurvey:\n  - {{type: note, name: end, label: "{HOSTILE}"}}\n'
        f"  - {{type: select_one, name: graph, label: \"%%{{init: {{}}}}%%\", choices: {{x: '{HOSTILE}', y: '\"'}}}}\n"
        '  - {type: text, name: click, label: L, relevant: \'${graph} = "x" and "]) --> n1" != "|"\'}\n'
    )
    made = chart(text)
    assert "script" in made.nodes["n1"] and "<script" not in made.nodes["n1"]
    assert made.labels('{"?"}')[0].startswith("graph = #quot;x#quot;")


def test_the_charts_own_words_are_in_the_readers_language() -> None:
    assert "si no" not in "".join(line for _, _, line in chart(HEAD + CHOICE, "en").edges)
    assert '(["End"])' in "".join(chart(HEAD + CHOICE, "en").nodes.values())
    assert '(["Fin"])' in "".join(chart(HEAD + CHOICE).nodes.values())


def test_forty_steps_are_forty_nodes_and_one_edge_each() -> None:
    steps = "".join(f"  - {{type: text, name: q{n}, label: '{'Una pregunta larga ' * 20}'}}\n" for n in range(40))
    text = mermaid(load(HEAD + steps, "f").flow, LANGUAGES["es"])  # type: ignore[arg-type]  # because a flow without fault is one
    made = Chart(text)
    assert (len(made.nodes), len(made.edges)) == (42, 41)
    assert max(map(len, text.splitlines())) < 140
