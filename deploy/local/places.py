"""Where on this machine Tandem keeps what it writes."""

import os
from pathlib import Path


def home_directory() -> Path:
    """Data, logs and secrets of this copy: `.tandem` where one stands, or TANDEM_HOME."""
    return Path(os.environ.get("TANDEM_HOME", ".tandem")).absolute()


def cache_directory() -> Path:
    """What was fetched from the internet and may be used by several copies: `.tandem/cache`, or TANDEM_CACHE."""
    return Path(os.environ.get("TANDEM_CACHE", ".tandem/cache")).absolute()
