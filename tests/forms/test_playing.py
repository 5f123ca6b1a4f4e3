"""What came of a form is played to its end: conditions, constraints, repeats and calculations do what the form says."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from bot.chat import Asked, House, play
from bot.forms.importing import imported
from bot.forms.worker import read
from bot.settings import Settings

from .bringing import FORMS, ROOT, bring, form, languages


def played(text: str, folder: Path, *said: object) -> list[dict[str, Any]]:
    """Returns the events of a play by JSON lines."""
    file = folder / "flujo.yaml"
    file.write_text(text, encoding="utf-8")
    source = io.StringIO("".join(json.dumps(one) + "\n" for one in said))
    out, err = io.StringIO(), io.StringIO()
    settings = Settings(data=folder / "data", flows=folder)
    house = House(settings, ROOT / "locales", ROOT / "flows", languages()["es"], source, out, err)
    assert play(Asked(str(file), as_json=True, now="2026-11-26T09:00"), house) == 0, err.getvalue()
    return [json.loads(line) for line in out.getvalue().splitlines()]


def answers(events: list[dict[str, Any]]) -> dict[str, object]:
    found = {}
    for event in events:
        match event.get("answer"):
            case {"name": name, "value": value, **rest}:
                found[f"{name}{rest.get('at', '')}"] = value
    return found


def test_a_form_is_played_as_it_was_meant(tmp_path: Path) -> None:
    made = bring(
        form(
            ("type", "name", "label", "relevant", "constraint", "calculation", "repeat_count", "choice_filter", "required"),
            ("calculate", "doble", "", "", "", "${n} * 2", "", "", ""),
            ("integer", "n", "¿Cuántos hijos?", "", ". <= 2", "", "", "", "yes"),
            ("begin repeat", "hijo", "Hijo", "${n} > 0", "", "", "${n}", "", ""),
            ("text", "nombre", "¿Nombre?", "", "", "", "", "", "yes"),
            ("end repeat", "", "", "", "", "", "", "", ""),
            ("text", "soltero", "¿Sin hijos?", "${n} = 0", "", "", "", "", ""),
            ("select_one prov", "prov", "¿Provincia?", "", "", "", "", "", "yes"),
            ("select_one canton", "canton", "¿Cantón?", "", "", "", "", "p = ${prov}", "yes"),
            ("calculate", "primero", "", "", "", "indexed-repeat(${nombre}, ${hijo}, 1)", "", "", ""),
            ("calculate", "id", "", "", "", "once(uuid())", "", "", ""),
            ("note", "fin", "Adiós ${primero}, de ${canton}: ${doble}", "", "", "", "", "", ""),
            choices=[
                ("list_name", "name", "label", "p"),
                ("prov", "chim", "Chimborazo", ""), ("prov", "pas", "Pastaza", ""),
                ("canton", "rio", "Riobamba", "chim"), ("canton", "guano", "Guano", "chim"), ("canton", "puyo", "Puyo", "pas"),
            ],
        )
    )  # fmt: skip
    assert made.whole, made.findings
    said = [{"text": "7"}, {"text": "dos"}, {"text": "Ana"}, {"text": "Luis"}, {"choice": "chim"}, {"choice": "guano"}]
    events = played(made.text, tmp_path, *said)
    found = answers(events)
    assert (found["n"], found["nombre[1]"], found["nombre[2]"], found["canton"], found["doble"]) == (2, "Ana", "Luis", "guano", 4)
    assert found["primero"] == "Ana"
    assert "soltero" not in found
    offered = [event["choices"] for event in events if event.get("step") == "canton"]
    assert [choice["name"] for choice in offered[0]] == ["rio", "guano"]
    assert any("Adiós Ana, de Guano: 4" in str(event.get("say", "")) for event in events)
    assert any(event.get("end") == "completed" for event in events)


def test_a_form_of_others_is_played_to_its_end(tmp_path: Path) -> None:
    made = imported(read(FORMS / "pyxform_loop.md"), languages(), languages()["es"])
    assert made.whole
    events = played(made.text, tmp_path, {"choice": "bucket_system"}, {"text": "1"}, {"text": "2"}, {"text": "3"})
    assert answers(events)["bucket_system_number"] == 3
    assert any(event.get("end") == "completed" for event in events)
