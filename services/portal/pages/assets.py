"""The files a page loads besides its HTML: ours from `static/`, htmx from the installed wheel."""

from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


@cache
def assets() -> dict[str, Path]:
    """Every file under `/static/`, by name. A name that is not here does not exist."""
    ours = Path(str(files(__package__))) / "static"
    found = {path.name: path for path in sorted(ours.iterdir()) if path.suffix in TYPES}
    # Found without importing it: the wheel is only the carrier of the scripts, Django is not installed.
    wheel = find_spec("django_htmx")
    if wheel is not None and wheel.origin is not None:
        scripts = Path(wheel.origin).parent / "static" / "django_htmx"
        found["htmx-2.min.js"] = scripts / "htmx-2.min.js"
        found["hx-sse-2.min.js"] = scripts / "ext" / "hx-sse-2.min.js"
    return found


@cache
def asset(name: str) -> str:
    """The address of a file, with a mark of its content, so that browsers may keep it for ever."""
    return f"/static/{name}?v={sha256(assets()[name].read_bytes()).hexdigest()[:12]}"
