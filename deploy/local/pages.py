"""How the small pages of the demo (mailbox, sign-in) are drawn: templates of their own in the portal's clothes."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

_PORTALS = Path(__file__).parents[2] / "services" / "portal" / "pages" / "static" / "tandem.css"
_TEMPLATES = Path(__file__).with_name("templates")
_templates = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined)

# Nothing but our own stylesheet; a caught mail's HTML is framed with a policy of its own.
_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; base-uri 'none'; frame-ancestors 'self'"


def page(template: str, *, status: int = 200, posts_to: str = "'self'", **values: object) -> HTMLResponse:
    """A page that may load nothing but our stylesheet, and send its forms to `posts_to` only."""
    headers = {
        "Content-Security-Policy": f"{_POLICY}; form-action {posts_to}",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return HTMLResponse(_templates.get_template(template).render(values), status_code=status, headers=headers)


async def _tandem_css(_: Request) -> Response:
    return FileResponse(_PORTALS, media_type="text/css")


async def _demo_css(_: Request) -> Response:
    return FileResponse(_TEMPLATES / "demo.css", media_type="text/css")


stylesheets = [Route("/tandem.css", _tandem_css), Route("/demo.css", _demo_css)]
