"""The JSON Schema of a flow file, by which editors complete, explain and underline while somebody writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.engine.effects import EFFECTS
from bot.engine.language import Language
from bot.engine.loading.steps import LISTING_TYPES
from bot.engine.model import SPELLINGS, STEPS, Choice, Flow, Form


def flow_schema(language: Language | None = None) -> dict[str, Any]:
    """Returns the schema. With a language, each key carries what it is for, in that language (texts "schema.<key>").

    A step is judged by its type, one rule for each, so that an editor names the very key that is wrong.
    """
    texts = language.texts if language is not None else {}
    definitions: dict[str, Any] = {}
    names = {form: form.__name__.lower() for form in STEPS.values()}
    for form, name in names.items():
        definitions[name] = _form(form, texts, definitions)
    definitions["choice"] = _form(Choice, texts, definitions)
    rules = [
        {"if": {"properties": {"type": _type(kind)}, "required": ["type"]}, "then": {"$ref": f"#/$defs/{names[form]}"}}
        for kind, form in STEPS.items()
    ]
    definitions["step"] = {
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"anyOf": [{"enum": _spellings()}, {"type": "string", "pattern": _LISTED}]}},
        "allOf": rules,
    }
    definitions["do"]["properties"]["effect"] = {**definitions["do"]["properties"]["effect"], "enum": sorted(EFFECTS)}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Minga",
        **_form(Flow, texts, definitions),
        "$defs": dict(sorted(definitions.items())),
    }


_LISTED = f"^({'|'.join(sorted(LISTING_TYPES))}) \\S+( or_other)?$"


def _spellings() -> list[str]:
    return [*STEPS, *SPELLINGS]


def _type(kind: str) -> dict[str, Any]:
    if kind in LISTING_TYPES:
        return {"type": "string", "pattern": f"^{kind}( |$)"}
    return {"enum": [kind, *(spelling for spelling, known in SPELLINGS.items() if known == kind)]}


def _form(form: type[Form], texts: Mapping[str, str], definitions: dict[str, Any]) -> dict[str, Any]:
    """Returns the schema of one form, with its inner forms among the definitions."""
    made = form.model_json_schema(ref_template="#/$defs/{model}")
    for inner, schema in made.get("$defs", {}).items():
        definitions.setdefault(inner, _tidy(schema, texts))
    tidy = _tidy(made, texts)
    needs = [key for key in form.needs if key != "choices"]  # `select_one lista` brings its choices with its type
    if needs:
        tidy["required"] = needs
    return tidy


def _referred(schema: Any) -> Any:
    """Returns the schema with references to our own definitions, which pydantic does not know, in their place."""
    if isinstance(schema, dict):
        if "x-definition" in schema:
            return {"$ref": f"#/$defs/{schema['x-definition']}"}
        return {key: _referred(value) for key, value in schema.items()}
    return [_referred(part) for part in schema] if isinstance(schema, list) else schema


def _tidy(schema: Mapping[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
    """Drops what pydantic says for itself: titles, docstrings, "or null"; adds what each key is for."""
    properties = {}
    for key, value in schema.get("properties", {}).items():
        kept = {name: part for name, part in value.items() if name not in ("title", "default")}
        options = [option for option in kept.get("anyOf", []) if option != {"type": "null"}]
        if len(options) == 1:
            kept = {**{name: part for name, part in kept.items() if name != "anyOf"}, **options[0]}
        elif options:
            kept["anyOf"] = options
        if f"schema.{key}" in texts:
            kept = {"description": texts[f"schema.{key}"], **kept}
        properties[key] = _referred(kept)
    tidy: dict[str, Any] = {"type": "object", "properties": properties}
    if schema.get("additionalProperties") is not True:
        tidy["additionalProperties"] = False
    return tidy
