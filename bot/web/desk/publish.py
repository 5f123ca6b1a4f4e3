"""Into the public register, and out of it: what personal data was found is hidden, the officer looks, changes and confirms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from bot.casework import filing, steps
from bot.casework.moving import opened
from bot.casework.office import ConflictError
from bot.requests.redaction import Redacted, redact
from bot.web.desk import case, deeds, words
from bot.web.desk.case import Folder
from bot.web.desk.deeds import Form
from bot.web.desk.uploads import Uploads
from bot.web.desk.visit import Forbidden, Page, Visit, number_of
from storage.requests import Case, File
from storage.statements import Transaction
from storage.vault import SealBroken

PATH = case.PATH + "/publish"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two texts: as it was written, in pieces of (piece, whether it is personal), and as it would be public."""

    name: str
    pieces: tuple[tuple[str, bool], ...]
    public: str
    found: str


def publishable(visit: Visit, of: Case) -> bool:
    """Tells whether that person may put the case into the register: a request for information that was answered."""
    answered = of.answered_at is not None and of.outcome not in (None, "withdrawn", "duplicate")
    return visit.may("publish") and of.kind == "information" and answered


async def page(visit: Visit) -> web.Response:
    """Shows what would be public beside what was written."""
    return _page(visit, await _opened(visit))


async def sent(visit: Visit) -> web.StreamResponse:
    """Releases the texts as they were sent, or takes the case out of the register."""
    folder = await _opened(visit)
    raw = await visit.request.post()
    fields = {name: value for name, value in raw.items() if isinstance(value, str)}
    chosen = [found for value in raw.getall("file", []) if (found := number_of(str(value))) is not None]
    form = Form(fields, Uploads(), number_of(fields.get("expected", "")))
    takes_back = fields.get("deed") == "withhold"
    problems = () if takes_back else _problems(visit, folder, form)
    if problems:
        return _page(visit, folder, form=form, chosen=chosen, problems=problems, status=422)
    offered = {file.id for file in _offered(folder)}
    chosen = [one for one in chosen if one in offered]
    try:
        await visit.write(lambda tx: _do(tx, visit, folder.case, form, chosen, takes_back=takes_back))
    except ConflictError:
        again = await _opened(visit)
        return _page(visit, again, form=form, chosen=chosen, problems=(visit.say("desk.problem.conflict"),), status=409)
    return visit.go(case.address(folder.case.number), "withhold" if takes_back else "release")


def _do(tx: Transaction, visit: Visit, of: Case, form: Form, files: list[int], *, takes_back: bool) -> None:
    before = opened(tx, of.id, form.expected)
    options = {"now": visit.now, "expected": form.expected}
    if takes_back:
        after = steps.withhold(tx, visit.office, of.id, visit.doer, now=visit.now, expected=form.expected)
    else:
        texts = {"text": form.text("question"), "answer_text": form.text("answer")}
        after = steps.release(tx, visit.office, of.id, visit.doer, files=files, **texts, **options)  # type: ignore[arg-type]  # because mypy sees one type for all that is unpacked
    told = deeds.told(before, after)
    visit.note(tx, "withhold" if takes_back else "release", of.number, before=told[0], after=told[1])


async def _opened(visit: Visit) -> Folder:
    folder = await case.opened(visit)
    if not publishable(visit, folder.case) and folder.case.released_at is None:
        raise Forbidden
    return folder


def _problems(visit: Visit, folder: Folder, form: Form) -> tuple[str, ...]:
    problems = []
    if not form.text("question"):
        problems.append(visit.say("desk.problem.missing.text"))
    left = [redact(form.text(name), _known(visit, folder.case)) for name in ("question", "answer")]
    if any(one.spans for one in left) and form.text("anyway") != "yes":
        told = ", ".join(filter(None, (_found(visit, one) for one in left)))
        problems.append(visit.say("desk.publish.still", found=told))
    if form.text("sure") != "yes":
        problems.append(visit.say("desk.problem.sure"))
    return tuple(problems)


def _page(
    visit: Visit,
    folder: Folder,
    *,
    form: Form | None = None,
    chosen: list[int] | None = None,
    problems: tuple[str, ...] = (),
    status: int = 200,
) -> web.Response:
    of = folder.case
    answer = next((event.text for event in reversed(folder.events) if event.kind == "answer"), "")
    released = of.released_at is not None
    ready = {"question": of.public_text, "answer": of.public_answer} if released else {}
    if form is not None:
        ready = {name: form.text(name) for name in ("question", "answer")}
    files = _offered(folder)
    return visit.page(
        "publish.html",
        here="queue",
        status=status,
        case=of,
        address=case.address(of.number),
        sides=[_side(visit, of, "question", of.text, ready), _side(visit, of, "answer", answer, ready)],
        files=files,
        chosen={file.id for file in files if file.released} if chosen is None else set(chosen),
        problems=problems,
        warned=bool(problems) and form is not None,
        released=released,
        size=words.size,
    )


def _side(visit: Visit, of: Case, name: str, text: str, ready: Mapping[str, str]) -> Side:
    redacted = redact(text, _known(visit, of))
    pieces, after = [], 0
    for span in redacted.spans:
        pieces += [(text[after : span.start], False), (text[span.start : span.end], True)]
        after = span.end
    pieces.append((text[after:], False))
    return Side(name, tuple(one for one in pieces if one[0]), ready.get(name, redacted.text), _found(visit, redacted))


def _found(visit: Visit, redacted: Redacted) -> str:
    kinds = Counter(span.kind for span in redacted.spans)
    return ", ".join(f"{visit.say(f'desk.personal.{kind}')} ({count})" for kind, count in kinds.items())


def _known(visit: Visit, of: Case) -> Mapping[str, str]:
    """Returns who asked, for the program to look for and not to show."""
    try:
        return filing.identity(visit.office, of)
    except SealBroken:
        return {}


def _offered(folder: Folder) -> list[File]:
    return [file for file in folder.files if file.side == "answer"]


PAGES = (Page("GET", PATH, "publish", page), Page("POST", PATH, "publish", sent))
