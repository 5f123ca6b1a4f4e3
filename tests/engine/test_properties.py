"""Invariants 1 and 7 over flows and messages drawn by lot."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.engine.conversation import advance
from bot.engine.flow import ConsentText, Flow, Node, Step
from bot.engine.state import decode, encode
from bot.vocabulary import Inbound, Location, Media, Press, RecordAnswer, Result, Say, SetTimer, Staff, Start, Text, Timer
from tests.engine.generated import ENGLISH, PLACES, flow_of, flows
from tests.engine.playing import NOON, Play
from tests.luck import examples

CONSENTS = {"permiso": ConsentText("permiso", "1", "p", 9, {"es": "¿Permites?", "en": "Allow?"})}
MOST = 600
"""Effects of one inbound and of all that follows from it in the same transaction: five rounds of at most 100, and some more."""

deep = examples(60)

WORDS = st.sampled_from(
    ["1", "2", "3", "1 y 3", "2 1 3", "99", "-1", "0", "sí", "no", "otra", "Puyo", "puio", "North", "shell o mera", "todas",
     "ninguna",
     "todas menos la 2", "la segunda", "no sé", "ayuda", "volver", "repetir", "saltar", "prefiero no decir", "idioma", "english",
     "español", "kichwa", "menú", "alto", "alta", "mis datos", "borrar mis datos", "persona", "vincular", "soy otra persona",
     "empezar de nuevo", "lote", "otro", "ok", "enviar", "corregir 1", "corregir 99", "12,5", "1.500", "treinta y cuatro",
     "15/03/2026", "31/02/2026", "hoy", "a las 5", "0991234567", "a@b.ec", "Riobamba", "", "   ", "?", "٣", "１", "²", "👍", "1️⃣"]
)  # fmt: skip
JUNK = (
    st.text(max_size=60) | st.text(st.characters(categories=["Cc", "Cf", "Mn", "So", "Zs"]), max_size=20) | st.just("x" * 9_000)
)
MEDIA = st.builds(
    Media,
    kind=st.sampled_from(["image", "audio", "video", "file"]),
    reference=st.text(max_size=5),
    content_type=st.text(max_size=9),
    sha256=st.just("0" * 64),
    size=st.integers(0, 10**12),
    name=st.text(max_size=9),
    caption=WORDS | st.text(max_size=9),
)
CHOICES = st.sampled_from(
    ["c0", "c1", "c5", "c0 c1", "yes", "no", "other", "send", "correct", "none", "flow:lote", "flow:otro", "language"]
)
BACK = st.integers(-1, 4)
ANYWHERE = st.floats(allow_nan=True, allow_infinity=True)
INBOUND: st.SearchStrategy[Inbound] = st.one_of(
    st.builds(Text, WORDS),
    st.builds(Text, WORDS),
    st.builds(Text, WORDS | JUNK, st.sampled_from(["current", "former", "perhaps"]), st.none() | st.floats(-5, 20)),
    st.builds(Text, JUNK, edited=st.booleans()),
    st.builds(Press, BACK, CHOICES | st.text(max_size=9)),
    st.builds(Press, st.integers(-(10**12), 10**12), CHOICES),
    st.builds(Location, ANYWHERE, ANYWHERE, st.none() | ANYWHERE, st.none() | st.text(max_size=9)),
    MEDIA,
    st.builds(
        Timer,
        st.sampled_from(["reminder", "expire"]),
        BACK,
        st.none() | st.datetimes().map(lambda at: at.replace(tzinfo=NOON.tzinfo)),
    ),
    st.builds(Staff, st.sampled_from(["restart", "close", "resume"])),
    st.builds(
        Result,
        st.sampled_from(
            ["my_data:1", "link_code:1", "linked", "link_here", "link_unknown", "persons:1", "person_hello", "nothing", ""]
        ),
        st.none() | st.text(max_size=9) | st.integers() | st.just([]) | st.just({}),
    ),
    st.builds(
        Start, st.sampled_from(["lote", "otro", "nada", ""]), st.dictionaries(st.sampled_from(["p1", "p2", "zz"]), WORDS | JUNK)
    ),
)
OTHER = flow_of(
    {
        "flow": "otro",
        "title": {"es": "Otro", "en": "Other"},
        "languages": ["es", "en"],
        "start": {"words": ["otro"]},
        "survey": [{"type": "text", "name": "que", "label": {"es": "¿Qué?", "en": "What?"}}],
    }
)


def near(play: Play, inbound: Inbound) -> Inbound:
    """Makes small numbers mean prompts and tokens near the present ones."""
    match inbound:
        case Press(prompt=back, choice=choice) if -10 < back < 10:
            return Press(play.conversation.prompts - back, choice)
        case Timer(kind=kind, token=back, shown=shown):
            return Timer(kind, play.conversation.turns + back, shown)
        case _:
            return inbound


@given(flows(), st.lists(st.tuples(INBOUND, st.sampled_from([0, 1, 60, 4_000, 90_000])), max_size=25))
@deep
def test_any_inbound_in_any_state_of_any_flow(flow: Flow, happenings: list[tuple[Inbound, int]]) -> None:
    play = Play(flow, OTHER, consents=CONSENTS).start()
    for inbound, pause in happenings:
        before = len(play.effects)
        play.turn(near(play, inbound))  # which goes through JSON, and compares two runs
        said = play.effects[before:]
        assert len(said) <= MOST
        assert decode(encode(play.conversation)) == play.conversation
        assert play.conversation.status != "open" or play.conversation.prompt is not None, (
            "an open conversation waits for something"
        )
        for effect in said:
            match effect:
                case SetTimer(due=due):
                    assert due is None or due.tzinfo is not None
                case Say(text=text, choices=choices, media=media):
                    assert text.strip() or media or choices
                    assert len({option.name for option in choices}) == len(choices)
                case _:
                    pass
        play.now += timedelta(seconds=pause)


@given(flows(), st.lists(INBOUND, max_size=8), INBOUND)
@deep
def test_the_same_arguments_give_the_same_bytes_whatever_was_asked_between(
    flow: Flow, before: list[Inbound], inbound: Inbound
) -> None:
    """No state hides in the catalogue, nor in what is cached: another conversation in between changes nothing."""
    play, other = Play(flow, OTHER, consents=CONSENTS).start(), Play(flow, OTHER, consents=CONSENTS, lang="en").start()
    for one in before:
        play.turn(near(play, one))
    inbound = near(play, inbound)
    if play.conversation.version and play.conversation.version not in play.catalogue.flows:
        return
    first = advance(play.catalogue, play.conversation, inbound, play.now)
    for one in before:
        other.turn(near(other, one))
    second = advance(play.catalogue, decode(encode(play.conversation)), inbound, play.now)
    assert (encode(first[0]), repr(first[1])) == (encode(second[0]), repr(second[1]))


# ── invariant 7: what was shown is kept ──────────────────────────────────────────────────────────────────────────────

CHOOSING = ("select_one",)


def on_screen(play: Play) -> Say | None:
    """The question of a flow with options that stands before the person."""
    prompt = play.conversation.prompt
    if prompt is None or prompt.asking != "question":
        return None
    return next((said for said in reversed(play.says) if said.prompt == prompt.number and said.choices), None)


MEANWHILE = st.sampled_from(
    ["nothing", "english", "español", "a new version", "other labels", "help", "junk", "repeat", "menu and back"]
)


def turned_over(node: Node, *, labels: bool) -> Node:
    """The node with its choices the other way round, or each with the label of another."""
    if not isinstance(node, Step) or not node.choices:
        return node
    if not labels:
        return replace(node, choices=tuple(reversed(node.choices)))
    others = (*node.choices[1:], node.choices[0])
    return replace(
        node, choices=tuple([replace(one, label=other.label) for one, other in zip(node.choices, others, strict=True)])
    )


def disturbed(play: Play, what: str) -> None:
    """Something comes between the question and its answer. The person sees the last question that was put."""
    match what:
        case "english" | "español" | "junk" | "help" | "repeat":
            said = {"junk": "qwrt zxcv", "help": "ayuda", "repeat": "repetir"}.get(what, what)
            play.say(said)
        case "menu and back":
            play.say("menú", "1")
        case "a new version" | "other labels" if play.conversation.version:
            # staff open a version whose choices stand the other way round, or bear other labels: nobody's screen changes by it
            flow = play.catalogue.flows[play.conversation.version]
            turned = tuple([turned_over(node, labels=what == "other labels") for node in flow.program])
            new = replace(flow, version="0" * 64, program=turned)
            play.catalogue = replace(
                play.catalogue,
                flows={**play.catalogue.flows, new.version: new},
                open={**play.catalogue.open, flow.flow: new.version},
            )
        case _:
            pass


@given(flows(only=CHOOSING), st.data())
@deep
def test_a_number_a_label_and_a_button_mean_what_that_person_saw(flow: Flow, data: st.DataObject) -> None:
    play = Play(flow, consents=CONSENTS).start()
    for _ in range(8):
        if on_screen(play) is None:
            break
        for what in data.draw(st.lists(MEANWHILE, max_size=3)):
            disturbed(play, what)
        shown = on_screen(play)
        if shown is None:
            break
        place = data.draw(st.integers(0, len(shown.choices) - 1))
        option, before = shown.choices[place], len(play.journal)
        kept = play.conversation.prompt
        assert kept is not None
        assert kept.options == tuple(choice.name for choice in shown.choices)
        way = data.draw(st.sampled_from(["number", "label", "cut", "press"]))
        match way:
            case "number":
                play.say(str(place + 1))
            case "label":
                play.say(option.label)
            case "cut":
                # as a channel that has no room shows it, and the turn keeps it
                cut = f"{option.label[:2]}… {place}"
                play.conversation = replace(play.conversation, prompt=replace(kept, cut={cut: option.name}))
                play.say(cut)
            case _:
                play.press(option.name)
        rows = [row for row in play.journal[before:] if row.step == shown.step]
        if option.name == "other":
            play.say("Muy lejos")
        else:
            assert [row.value for row in rows] == [option.name], (way, place, [choice.name for choice in shown.choices])


@given(flows(only=("select_one", "select_multiple", "rank")), st.data())
@deep
def test_several_numbers_mean_what_that_person_saw(flow: Flow, data: st.DataObject) -> None:
    play = Play(flow, consents=CONSENTS).start()
    for _ in range(6):
        shown = on_screen(play)
        if shown is None:
            break
        kind = flow.step(shown.step)
        count = kind.top or len(shown.choices) if kind.type == "rank" else data.draw(st.integers(1, len(shown.choices)))
        count = 1 if kind.type == "select_one" else min(count, len(shown.choices))
        places = data.draw(st.permutations(range(len(shown.choices))))[:count]
        if data.draw(st.booleans()):
            disturbed(play, data.draw(MEANWHILE))
            asked, shown = shown.step, on_screen(play)
            if shown is None or shown.step != asked:
                continue  # the way out after too many tries
        before = len(play.journal)
        play.say(", ".join(str(place + 1) for place in places))
        names = [shown.choices[place].name for place in places]
        rows: list[RecordAnswer] = [row for row in play.journal[before:] if row.step == shown.step]
        if "other" in names:
            play.say("Muy lejos")
        elif kind.type == "rank":
            assert [row.value for row in rows] == [names]
        elif kind.type == "select_multiple":
            assert [set(row.value) for row in rows if isinstance(row.value, list)] == [set(names)]
        else:
            assert [row.value for row in rows] == names


def test_the_words_of_these_flows_differ_so_that_a_label_means_one_thing() -> None:
    assert len({*PLACES, *ENGLISH}) == len(PLACES) + len(ENGLISH)
