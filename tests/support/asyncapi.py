"""The JSON Schema of AsyncAPI 3.0 itself, as its authors publish it on npm."""

import json
from typing import Any

from tests.support.published import Published

SCHEMA = Published(
    registry="npm",
    package="@asyncapi/specs",
    version="6.11.1",
    member="package/schemas/3.0.0-without-$id.json",
    sha256="abe96881dbfaad495ccbb6bd8d3fb43ca18a13b9d7564849ccb66f39d5e5b20f",
)


def asyncapi_schema() -> dict[str, Any]:
    """What every AsyncAPI 3.0 document must fit."""
    return json.loads(SCHEMA.read())  # type: ignore[no-any-return] # a schema
