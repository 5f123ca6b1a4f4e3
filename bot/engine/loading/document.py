"""YAML as a flow is written: every key and value stays the text it is, and each knows its line.

The file is read event by event, without recursion and without constructing anything: `no`, `02`, `1.50` and `1:30` stay
texts, a key given twice is an error, anchors, aliases and tags are refused (a short file could grow without bound by them).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from bot.engine.problem import Problems

BYTES = 1_000_000
"""The longest file that is read."""

DEPTH = 60
"""How deep lists and mappings may lie in one another."""

_MENDED = 20

Path = tuple[str | int, ...]
"""The keys and list places that lead to a value."""

Written = Any
"""What a document holds: str, list of Written, or dict of str to Written."""

# the C parser is some ten times faster; a Python without it reads the same
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class Node:
    """A value with its line, and the lines of its keys."""

    line: int
    value: str | None = None
    plain: bool = False
    items: list[Node] | None = None
    entries: dict[str, Node] | None = None
    keys: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Document:
    """A file that was read: its data, where each piece of it stands, and what was found wrong with it so far."""

    data: Written
    root: Node
    problems: Problems

    def line(self, path: Path) -> int:
        """Returns the line where the value at that path begins; of what encloses it where there is no such value."""
        return self._walk(path)[1]

    def key(self, path: Path) -> int:
        """Returns the line of the key that leads to that value; of the list entry itself inside a list."""
        return self._walk(path)[0]

    def last(self, path: Path) -> int:
        """Returns the last line where anything inside the value at that path begins."""
        last, waiting = 0, [self._walk(path)[2]]
        while waiting:
            node = waiting.pop()
            last = max(last, node.line, *node.keys.values())
            waiting += [*(node.items or ()), *(node.entries or {}).values()]
        return last

    def _walk(self, path: Path) -> tuple[int, int, Node]:
        node, key = self.root, self.root.line
        for part in path:
            if node.entries is not None and isinstance(part, str) and part in node.entries:
                key, node = node.keys[part], node.entries[part]
            elif node.items is not None and isinstance(part, int) and part < len(node.items):
                node = node.items[part]
                key = node.line
            else:
                break
        return key, node.line, node


def read(text: str | bytes, problems: Problems) -> Document | None:
    """Returns the document, or None where nothing of it can be read. What is wrong is added to `problems`."""
    decoded = _decoded(text, problems)
    if decoded is None:
        return None
    root = _composed(decoded, problems)
    if root is None:
        if not problems.found:
            problems.error(1, "empty_file")
        return None
    if root.entries is None:
        problems.error(root.line, "not_mapping")
        return None
    return Document(_data(root), root, problems)


def _decoded(text: str | bytes, problems: Problems) -> str | None:
    """Returns the text in one form of Unicode, so that an accent is the same letter whoever wrote it."""
    try:
        raw = text if isinstance(text, bytes) else text.encode()
        if len(raw) > BYTES:
            problems.error(1, "too_big", limit=BYTES // 1000)
            return None
        decoded = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problems.error(error.object[: error.start].count(b"\n") + 1, "encoding")
        return None
    except UnicodeEncodeError as error:
        problems.error(error.object[: error.start].count("\n") + 1, "encoding")
        return None
    decoded = decoded.replace("\r\n", "\n").replace("\r", "\n")
    return decoded if unicodedata.is_normalized("NFC", decoded) else unicodedata.normalize("NFC", decoded)


# ── events into nodes ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Open:
    """A list or mapping that is being read; `key` is the key whose value comes next."""

    node: Node
    key: str | None = None
    key_line: int = 0
    # what a repeated or impossible key brings is read, so that its own mistakes show, and left out
    dropped: bool = False


def _composed(text: str, problems: Problems) -> Node | None:
    """Returns the root node. Where YAML itself fails, puts the line's value in quotation marks and reads on for more mistakes."""
    mended: dict[int, int] = {}
    while True:
        attempt = Problems(problems.file)
        try:
            root = _nodes(_events(text), attempt)
        except yaml.reader.ReaderError as error:
            place = error.position if isinstance(error.position, int) else 0
            problems.error(_line_of_character(text, place), "characters", character=f"U+{_code(error):04X}")
            return None
        except yaml.MarkedYAMLError as error:
            guess = _blame(text, error, problems, mended)
            if guess is None or sum(mended.values()) > _MENDED:
                return None
            text = guess
            continue
        except _TooDeepError as error:
            problems.error(error.line, "too_deep", limit=DEPTH)
            return None
        problems.found.extend(attempt.found)
        return root


def _events(text: str) -> Iterator[yaml.Event]:
    return iter(yaml.parse(text, Loader=_Loader))


class _TooDeepError(Exception):
    """Lists and mappings lie too deep in one another."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def _nodes(events: Iterator[yaml.Event], problems: Problems) -> Node | None:
    """Builds the nodes of the first document."""
    root: Node | None = None
    stack: list[_Open] = []
    documents = 0
    for event in events:
        line = event.start_mark.line + 1 if event.start_mark is not None else 1
        match event:
            case yaml.DocumentStartEvent():
                documents += 1
                if documents == 2:
                    problems.error(line, "several_documents")
            case yaml.AliasEvent():
                problems.error(line, "anchor", mark=f"*{event.anchor}")
                root = _placed(Node(line, value=""), stack, root, documents, problems)
            case yaml.ScalarEvent():
                _refuse_marks(event, line, problems)
                plain = event.style is None or event.style == ""
                root = _placed(Node(line, value=event.value, plain=plain), stack, root, documents, problems)
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                _refuse_marks(event, line, problems)
                if len(stack) == DEPTH:
                    raise _TooDeepError(line)
                mapping = isinstance(event, yaml.MappingStartEvent)
                node = Node(line, entries={}) if mapping else Node(line, items=[])
                root = _placed(node, stack, root, documents, problems)
                stack.append(_Open(node))
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                stack.pop()
    return root


def _refuse_marks(event: yaml.NodeEvent, line: int, problems: Problems) -> None:
    if event.anchor is not None:
        problems.error(line, "anchor", mark=f"&{event.anchor}")
    tag = getattr(event, "tag", None)
    if tag is not None:
        problems.error(line, "tag", tag=tag)


def _placed(node: Node, stack: list[_Open], root: Node | None, documents: int, problems: Problems) -> Node | None:
    """Puts a node where it belongs: under the open key, into the open list, or as a key itself. Returns the root."""
    if not stack:
        return node if root is None and documents == 1 else root
    top = stack[-1]
    if top.node.items is not None:
        top.node.items.append(node)
        return root
    entries = top.node.entries
    assert entries is not None
    if top.key is None:
        top.key_line = node.line
        top.dropped = False
        top.key = node.value if node.value is not None else ""
        if node.value is None:
            problems.error(node.line, "key_not_text")
            top.dropped = True
        elif top.key in entries:
            problems.error(node.line, "duplicate_key", key=top.key, first=top.node.keys[top.key])
            top.dropped = True
        return root
    if not top.dropped:
        entries[top.key] = node
        top.node.keys[top.key] = top.key_line
    top.key = None
    return root


def _data(node: Node) -> Written:
    """Returns the plain data of a node. The depth is bounded, so is the recursion."""
    if node.entries is not None:
        return {key: _data(value) for key, value in node.entries.items()}
    if node.items is not None:
        return [_data(value) for value in node.items]
    return node.value or ""


# ── what YAML itself does not take ───────────────────────────────────────────────────────────────────────────────────

_ENTRY = re.compile(
    r"^(?P<head>\s*(?:-\s+)*(?!-\s)(?:[^\s'\"#\[\]{},][^:#]*?|\"[^\"]*\"|'[^']*'):[ ]+)(?P<value>\S.*?)\s*(?:\s#.*)?$"
)
_BARE = re.compile(r"^(?P<head>\s*(?:-\s+)+)(?P<value>[>*@%`&!|'].*?)\s*(?:\s#.*)?$")


def _blame(text: str, error: yaml.MarkedYAMLError, problems: Problems, mended: dict[int, int]) -> str | None:
    """Reports a YAML error at the line that caused it. Returns the text with it mended, None where that cannot be guessed.

    `mended` counts the guesses by line. What fails at a line again is the guess's fault, so nothing more is said.
    """
    lines = text.split("\n")
    mark = error.problem_mark or error.context_mark
    at = min(mark.line if mark is not None else 0, len(lines) - 1)
    if "nesting" in str(error.problem):
        problems.error(at + 1, "too_deep", limit=DEPTH)
        return None
    context = error.context_mark.line if error.context_mark is not None else at
    for number in dict.fromkeys((at, at - 1)):
        if 0 <= number < len(lines) and "\t" in lines[number][: len(lines[number]) - len(lines[number].lstrip())]:
            problems.error(number + 1, "tab")
            mended[number] = mended.get(number, 0) + 1
            lines[number] = lines[number].expandtabs(2)
            return "\n".join(lines)
    for number in dict.fromkeys((at, context, at - 1)):
        match = (_ENTRY.match(lines[number]) or _BARE.match(lines[number])) if 0 <= number < len(lines) else None
        if match is None or number in mended or not _wants_quotes(match["value"]):
            continue
        problems.error(number + 1, "yaml_quotes", value=_short(match["value"]))
        mended[number] = 1
        value = match["value"]
        value = value.strip(value[0]) if value[0] in "'\"" and value.count(value[0]) == 1 else value
        quoted = value.replace("\\", "\\\\").replace('"', '\\"')
        lines[number] = f'{match["head"]}"{quoted}"'
        return "\n".join(lines)
    if at not in mended and context not in mended:
        problems.error(at + 1, "yaml", text=_short(lines[at].strip()) or "…")
    return None


def _wants_quotes(value: str) -> bool:
    """Tells whether a value does not parse because it is not in quotation marks: an expression, `: `, or a special beginning."""
    if len(value) >= 2 and value[0] == value[-1] == '"' and '"' not in value[1:-1]:
        return False
    if value[0] in "'\"":
        return re.fullmatch(r"'(?:[^']|'')*'|\"(?:[^\"\\]|\\.)*\"", value) is None
    return value[0] in ">*@%`&!|,}]" or ": " in value or value.endswith(":") or "${" in value or value[0] in "{["


def _short(value: str) -> str:
    return value if len(value) <= 60 else value[:57] + "…"


def _code(error: yaml.reader.ReaderError) -> int:
    character = error.character
    return character if isinstance(character, int) else ord(str(character)[0])


def _line_of_character(text: str, place: int) -> int:
    return text.count("\n", 0, max(place, 0)) + 1
