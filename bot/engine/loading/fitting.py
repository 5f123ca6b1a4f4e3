"""Holds a piece of the document against its written form: what is right is returned, what is wrong is reported at its line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from bot.engine.loading.document import Document, Path
from bot.engine.model import Form


def fit(form: type[Form], raw: Mapping[str, Any], path: Path, document: Document, where: str = "") -> dict[str, Any]:
    """Returns what `raw` gives for each field of the form, without what is wrong or blank.

    `where` is what a message calls this piece (its type or name). A wrong value never hides another.
    """
    where = where or document.problems.file.rpartition("/")[2]
    given = {key: value for key, value in raw.items() if value != ""}
    keys = _keys(form)
    for key in raw:
        if key not in keys and key not in given and form.model_config.get("extra") == "forbid":
            _unknown(key, path, document, where, keys)
    try:
        model = form.model_validate(given)
    except ValidationError as error:
        bad = set()
        for detail in error.errors(include_url=False, include_input=False):
            bad.add(detail["loc"][0])
            _report(detail, form, path, document, where)
        model = form.model_validate({key: value for key, value in given.items() if key not in bad})
    for key in form.needs:
        if key not in given and key != "survey":  # whoever reads the steps says that there are none
            document.problems.error(document.key(path), "missing_key", key=key, where=where)
    return {**_fields(model), **(model.__pydantic_extra__ or {})}


def _fields(model: Form) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in model.model_fields_set & type(model).model_fields.keys():
        value = getattr(model, name)
        found[name] = _fields(value) if isinstance(value, Form) else value
    return found


def _keys(form: type[Form]) -> dict[str, str]:
    return {field.alias or name: name for name, field in form.model_fields.items()}


def _unknown(key: str, path: Path, document: Document, where: str, keys: Mapping[str, str]) -> None:
    problems = document.problems
    problems.error(document.key((*path, key)), "unknown_key", key=key, where=where, near=problems.near(key, keys))


def _report(detail: Any, form: type[Form], path: Path, document: Document, where: str) -> None:
    """Reports one of pydantic's errors in our words, at the line of the value, or of the key where the key is wrong."""
    loc: Path = detail["loc"]
    at = (*path, *loc)
    match detail["type"]:
        case "extra_forbidden":
            inner = form
            for part in loc[:-1]:
                inner = _form_of(inner, str(part))
            _unknown(str(loc[-1]), at[:-1], document, where if len(loc) == 1 else str(loc[-2]), _keys(inner))
        case "written":
            for inside, code, places in detail["ctx"]["faults"]:
                document.problems.error(document.line((*at, *inside)), code, **{"key": _named((*loc, *inside)), **places})
        case _:
            # the one thing that pydantic itself judges: that an inner form is a mapping
            document.problems.error(document.line(at), "expected_mapping", key=_named(loc))


def _form_of(form: type[Form], key: str) -> type[Form]:
    annotation = form.model_fields[key].annotation
    for candidate in getattr(annotation, "__args__", (annotation,)):
        if isinstance(candidate, type) and issubclass(candidate, Form):
            return candidate
    return form


def _named(loc: Path) -> str:
    """Returns the innermost key on the way to a value, for a message."""
    return next((part for part in reversed(loc) if isinstance(part, str)), "")
