"""Pages: templates, the language they are read in, and what people see when something fails."""

from __future__ import annotations

import gzip
import hashlib
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from bot.engine.language import Language
from bot.web import report_style
from bot.web.guard import CrossSiteError, NotJsonError
from bot.web.world import WORLD
from storage.database import UnavailableError

HERE = Path(__file__).parent
LANGUAGE_COOKIE = "minga_language"
YEAR = 365 * 24 * 3600


class Refusal(Exception):  # noqa: N818 because nothing is broken: what was asked cannot be done, and the text says why
    """A request of the page that cannot be done. `key` is its text in the catalogues, `status` the answer's."""

    def __init__(self, key: str, status: int = 400, **places: object) -> None:
        super().__init__(key)
        self.key = key
        self.status = status
        self.places = places


PACKED, LARGEST_PACKED = 200, 400_000
"""How many pages and files are kept packed, and of how many bytes at most: a table of all requests is packed each time."""


class Templates:
    """The templates and the static files, whose addresses change with their content so that no browser keeps a stale one."""

    def __init__(self) -> None:
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        files = sorted((*(HERE / "static").iterdir(), *(HERE / "vendor").glob("*.min.*")))
        self._assets = {file.name: file.read_bytes() for file in files if file.is_file()}
        self._assets["report.css"] = report_style.inside().encode()
        self._packed: dict[str, bytes] = {}
        # one print for all: a module is asked for by the address that another module names, so they must change together
        self.print = hashlib.sha256(b"".join(self._assets.values())).hexdigest()[:12]

    def asset(self, name: str) -> str:
        """Returns the address of a static file. Raises KeyError if there is none of that name."""
        self._assets[name]
        return f"/static/{self.print}/{name}"

    def content(self, name: str) -> bytes | None:
        """Returns what is in that static file, None if there is none."""
        return self._assets.get(name)

    def packed(self, key: str, content: bytes) -> bytes:
        """Returns that content packed by gzip; `key` is another for every other content."""
        found = self._packed.get(key)
        if found is None:
            found = gzip.compress(content, compresslevel=6, mtime=0)
            if len(content) <= LARGEST_PACKED:
                while len(self._packed) >= PACKED:
                    del self._packed[next(iter(self._packed))]
                self._packed[key] = found
        return found

    def page(self, name: str, language: Language, *, status: int = 200, **values: Any) -> web.Response:
        """Returns the page made of that template."""
        text = self._environment.get_template(name).render(language=language.code, say=language.say, asset=self.asset, **values)
        return web.Response(text=text, content_type="text/html", status=status, headers={"Cache-Control": "no-store"})


def packs(request: web.Request) -> bool:
    """Tells whether whoever asks unpacks gzip."""
    wished = (one.partition(";") for one in request.headers.get("Accept-Encoding", "").lower().split(","))
    return any(name.strip() == "gzip" and how.replace(" ", "") not in ("q=0", "q=0.0") for name, _, how in wished)


TEMPLATES = web.AppKey("templates", Templates)


def reading(request: web.Request) -> Language:
    """Returns the language in which whoever asks reads: what they chose, else the first one, which is Spanish.

    A browser's own wish is not asked: in a town hall it is often English because nobody ever set it. The page's script names
    the language that the page is shown in, and that is a choice.
    """
    languages = request.app[WORLD].catalogue().languages
    chosen = request.query.get("lang") or request.cookies.get(LANGUAGE_COOKIE) or ""
    if chosen in languages:
        return languages[chosen]
    shown = request.headers.get("Accept-Language", "") if request.content_type == "application/json" else ""
    return languages.get(shown) or next(iter(languages.values()))


@web.middleware
async def friendly_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turns every failure into a page, or JSON for the page's own requests, in the reader's language."""
    try:
        return await handler(request)
    except web.HTTPException as answer:
        if answer.status < 400:
            raise
        key = _KEYS.get(answer.status, "web.error.bad_request")
        return _failed(request, key, answer.status, {"detail": answer.reason}, _allowed(answer))
    except Refusal as refusal:
        return _failed(request, refusal.key, refusal.status, refusal.places)
    except CrossSiteError:
        return _failed(request, "web.error.cross_site", 403, {})
    except NotJsonError:
        return _failed(request, "web.error.not_json", 415, {})
    except UnavailableError as error:
        structlog.get_logger("minga.web").warning("database_unavailable", error=type(error.__cause__ or error).__name__)
        return _failed(request, "web.error.busy", 503, {}, {"Retry-After": "1"})
    except ConnectionResetError:
        raise  # whoever asked has gone: there is nobody to tell
    except Exception as error:  # noqa: BLE001 because whatever failed, whoever asked gets an answer, and the log the place
        # never the error's own text, nor the query: both may hold what a person wrote
        frames = traceback.extract_tb(error.__traceback__)
        where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-6:]]
        structlog.get_logger("minga.web").error("page_failed", path=request.path, error=type(error).__name__, where=where)
        return _failed(request, "web.error.fault", 500, {})


_KEYS: Mapping[int, str] = {404: "web.error.not_found", 405: "web.error.method", 413: "web.error.too_large"}


def _allowed(answer: web.HTTPException) -> Mapping[str, str]:
    return {"Allow": answer.headers["Allow"]} if "Allow" in answer.headers else {}


def _failed(
    request: web.Request, key: str, status: int, places: Mapping[str, object], headers: Mapping[str, str] | None = None
) -> web.Response:
    language = reading(request)
    if key == "web.error.too_large":
        places = {"limit": megabytes(request.client_max_size), **places}
    text = language.say(key, **places)
    if _for_programs(request):
        answer = web.json_response({"error": text}, status=status)
    else:
        answer = request.app[TEMPLATES].page(
            "plain.html",
            language,
            status=status,
            heading=language.say("web.error.title"),
            text=text,
            link=language.say("web.error.home"),
            contact="",
        )
    answer.headers.update(headers or {})
    return answer


def _for_programs(request: web.Request) -> bool:
    return request.path.startswith("/simulator/") or "text/html" not in request.headers.get("Accept", "text/html")


def megabytes(size: int) -> str:
    """Returns a size in bytes as people read it."""
    return f"{size / (1024 * 1024):.0f} MB"
