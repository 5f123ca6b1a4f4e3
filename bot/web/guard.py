"""What every request passes: no other site may write through a browser, no body may be endless, every answer is locked down."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""What a page of ours may load: our own files and nothing from elsewhere; no script or style inside the page."""

HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=()",
}

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing."""

WEBHOOKS = "/webhooks/"
"""Under this no browser is expected: whoever asks there proves by a secret or a signature that they are the provider."""


FORMS = ("/desk", "/respuestas", "/resultados")
"""Under these, pages are sent as forms: there a browser must prove that a page of ours sent them."""

_FORM_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


class CrossSiteError(Exception):
    """A request that changes something was sent by another site's page, or nobody can tell that it was not."""


class NotJsonError(Exception):
    """A body that is not declared as JSON: a form of another site could have sent it."""


def from_our_own_page(request: web.Request) -> bool:
    """Tells whether a browser sent this from a page of ours. A program that is no browser sends neither header, and may.

    Browsers tell Sec-Fetch-Site on trustworthy addresses and Origin on every POST; where both speak, both must agree.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc.lower() == (request.host or "").lower()
    except ValueError:
        return False


@web.middleware
async def cross_site(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuses what another site's page could have sent. Raises CrossSiteError or NotJsonError."""
    if request.method not in SAFE and not request.path.startswith(WEBHOOKS):
        if not from_our_own_page(request):
            raise CrossSiteError
        if _is_form(request):
            # whoever tells neither header may be an old browser on another site's page, with our cookie
            if "Sec-Fetch-Site" not in request.headers and "Origin" not in request.headers:
                raise CrossSiteError
        elif request.content_type != "application/json":
            raise NotJsonError
    return await handler(request)


def _is_form(request: web.Request) -> bool:
    path = request.path
    return any(path == form or path.startswith(form + "/") for form in FORMS) and request.content_type in _FORM_TYPES


async def lock_down(_request: web.Request, response: web.StreamResponse) -> None:
    """Adds the headers that every answer bears (a signal of aiohttp, so that streams and errors have them too)."""
    response.headers["Server"] = "minga"  # which versions run here is nobody's business
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
