"""Expressions and texts of a form as a flow spells them: straight quotation marks, `${name}` for a path, no markup in texts."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping

Rename = Callable[[str], str | None]
"""The name in the flow of what a form calls so; None for what is no name of the form."""

_DOUBLE = '"“”„‟'
_SINGLE = "'‘’‚‛"
_NAME = r"[^\W\d][\w.\-]*"
_WHOLE_REFERENCE = re.compile(rf"\$\{{\s*({_NAME})\s*\}}")
_REFERENCE = re.compile(r"\$\{([^{}]*)\}")
_RELATIVE = re.compile(rf"(?:current\s*\(\s*\)\s*/\s*)?(?:\.\.?\s*/\s*)+(?:{_NAME}\s*/\s*)*({_NAME})")
_ABSOLUTE = re.compile(rf"/\s*{_NAME}(?:\s*/\s*{_NAME})*?\s*/\s*({_NAME})(?![\w.\-]|\s*[/(\[])")
_LOOKUP = re.compile(
    rf"instance\s*\(\s*['\"]([^'\"]+)['\"]\s*\)\s*/\s*root\s*/\s*item\s*\[\s*name\s*=\s*(?:current\(\)\s*/\s*)?"
    rf"\$\{{\s*({_NAME})\s*\}}\s*\]\s*/\s*label(?![\w.\-])"
)


def formula(source: str, rename: Rename, literals: Mapping[str, str] | None = None, *, plain: bool = False) -> str:
    """Returns the expression as a flow writes it. `literals` are names of choices that had to change.

    Blanks are one space, `${ x }` is `${x}`, a path that ends in a name of the form is `${name}`, and the lookup of a choice's
    label is jr:choice-name. `plain`: a flow's own spelling already, so it stays. What cannot be read stays
    as it is, for the check to tell.
    """
    if plain and all((rename(name) or name) == name for name in references(source)):
        return source
    if "&" in source:
        source = source.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    parts: list[str] = []
    at = 0
    while at < len(source):
        sign = source[at]
        if sign in _DOUBLE or sign in _SINGLE:
            end = _closing(source, at)
            if end < 0:
                parts.append(source[at:])
                break
            parts.append(_literal(sign, source[at + 1 : end], rename, literals or {}))
            at = end + 1
            continue
        for pattern, replace in ((_LOOKUP, _looked_up), (_REFERENCE, _referred), (_RELATIVE, _pathed), (_ABSOLUTE, _pathed)):
            match = pattern.match(source, at) if sign in "i$c./" else None
            if match is not None and not (pattern is _RELATIVE and at and source[at - 1] in ".\\"):
                parts.append(replace(match, rename))
                at = match.end()
                break
        else:
            if sign.isspace():
                if parts and not parts[-1].endswith(" "):
                    parts.append(" ")
            elif sign not in "\u200c\u200d":
                parts.append(sign)
            at += 1
    return "".join(parts).strip()


def _closing(source: str, start: int) -> int:
    opening = source[start]
    if opening in "\"'" and (end := source.find(opening, start + 1)) >= 0:
        return end
    family = _DOUBLE if opening in _DOUBLE else _SINGLE
    return next((end for end in range(start + 1, len(source)) if source[end] in family), -1)


def _literal(sign: str, text: str, rename: Rename, literals: Mapping[str, str]) -> str:
    if match := _WHOLE_REFERENCE.fullmatch(text):
        # the second argument of jr:choice-name
        text = f"${{{rename(match[1]) or match[1]}}}"
    text = literals.get(text, text)
    double = "'" in text or (sign == '"' and '"' not in text)
    return f'"{text}"' if double else f"'{text}'"


def _referred(match: re.Match[str], rename: Rename) -> str:
    name = match[1].strip()
    return f"${{{rename(name) or name}}}"


def _pathed(match: re.Match[str], rename: Rename) -> str:
    name = rename(match[1])
    return match[0] if name is None else f"${{{name}}}"


def _looked_up(match: re.Match[str], rename: Rename) -> str:
    name = rename(match[2]) or match[2]
    return f"jr:choice-name(${{{name}}}, '${{{name}}}')"


# ── texts ────────────────────────────────────────────────────────────────────────────────────────────────────────────

_OUTPUT = re.compile(r"<output\s+value\s*=\s*[\"']\s*([^\"']+?)\s*[\"']\s*(?:/>|>\s*</output>)", re.IGNORECASE)
_TAGS = (
    "span|b|i|u|em|strong|font|h[1-6]|p|div|a|img|ul|ol|li|small|big|sub|sup|center|table|tbody|thead|tr|td|th|br|hr|style|mark|s"
)
_LINK = re.compile(r"<a\b[^<>]*?href\s*=\s*[\"']?([^\"'\s>]+)[\"']?[^<>]*>(.*?)</a\s*>", re.IGNORECASE | re.DOTALL)
_BREAK = re.compile(r"<(?:br|/p|/div|/h[1-6]|/tr|hr)\b[^<>]*>", re.IGNORECASE)
_ITEM = re.compile(r"<li\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(rf"</?(?:{_TAGS})(?:\s[^<>]*)?/?>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d+|#x[0-9a-fA-F]+|[a-zA-Z]{2,8});")
_HEADING = re.compile(r"^[ \t]{0,3}#{1,6}[ \t]+(.*?)[ \t]*#*$", re.MULTILINE)
_MARKED_LINK = re.compile(r"!?\[([^\[\]\n]+)\]\(([^()\s]+)\)")
_STRONG = re.compile(r"(?<![\w*])(\*\*|__)(?=[^\s*_])(.+?)(?<=[^\s*_])\1(?![\w*])", re.DOTALL)
_WEAK = re.compile(r"(?<![\w*\\])\*(?=[^\s*])([^*\n]+?)(?<=[^\s*\\])\*(?![\w*])")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!<>])")


def text(written: str, rename: Rename, *, plain: bool = False) -> str:
    """Returns a text for people as a chat shows it. `plain`: it has no markup, so nothing is taken for some."""

    def output(match: re.Match[str]) -> str:
        name = match[1].rsplit("/", 1)[-1].strip(" ${}")
        return f"${{{rename(name) or name}}}"

    found = _OUTPUT.sub(output, written)
    if not plain:
        found = bare(found)
    found = _REFERENCE.sub(lambda match: _referred(match, rename), found)
    lines = [" ".join(line.split()) for line in found.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def bare(written: str) -> str:
    """Returns a text without HTML and Markdown, which a chat would show as signs; links keep their address."""
    found = written
    if "<" in found:
        found = _LINK.sub(lambda m: m[2] if m[1] in m[2] else f"{m[2]} ({m[1]})", found)
        found = _TAG.sub("", _ITEM.sub("\n• ", _BREAK.sub("\n", found)))
    if "&" in found and _ENTITY.search(found):
        found = html.unescape(found).replace("\xa0", " ")
    if "#" in found:
        found = _HEADING.sub(r"\1", found)
    if "](" in found:
        found = _MARKED_LINK.sub(lambda m: m[1] if m[1] == m[2] else f"{m[1]} ({m[2]})", found)
    if "*" in found or "__" in found:
        found = _WEAK.sub(r"\1", _STRONG.sub(r"\2", _STRONG.sub(r"\2", found)))
    return _ESCAPE.sub(r"\1", found) if "\\" in found else found


def references(written: str) -> list[str]:
    """Returns the names that a text or an expression refers to by `${name}`."""
    return [match[1].strip() for match in _REFERENCE.finditer(written)]


def without_choice(source: str, name: str, choice: str) -> str:
    """Returns an expression in which every comparison of that answer with that option is what it always comes to: never equal."""
    answer = rf"(?:\$\{{\s*{re.escape(name)}\s*\}}|(?<![\w.])\.(?![\w.]))"
    option = rf"(?:'{re.escape(choice)}'|\"{re.escape(choice)}\"|(?<![\w.]){re.escape(choice)}(?![\w.]))"
    source = re.sub(rf"selected\(\s*{answer}\s*,\s*{option}\s*\)", "false()", source)
    compared = rf"(?:{answer}\s*(!?=)\s*{option}|{option}\s*(!?=)\s*{answer})"
    return re.sub(compared, lambda found: "true()" if "!" in (found[1] or found[2]) else "false()", source)
