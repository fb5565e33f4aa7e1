"""A small disk of its own for one server, in memory, that can be filled to the last byte."""

import errno
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.world import NotPossible

BALLAST = "ballast"
PIECE = bytes(4096)


@contextmanager
def small_disk(place: Path, megabytes: int) -> Iterator[None]:
    """A disk at this place for as long as the block lasts. Raises NotPossible where one may not mount anything."""
    place.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tandem-faults", str(place)]
    try:
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own words
    except (OSError, subprocess.CalledProcessError) as error:
        raise NotPossible("a small disk can only be mounted by root, outside of a container that forbids it") from error
    try:
        yield
    finally:
        # Lazily: what was killed a moment ago may still hold a file.
        subprocess.run(["umount", "--lazy", str(place)], check=True)  # noqa: S603, S607 - see above


def fill(place: Path) -> None:
    """Leave no space."""
    with (place / BALLAST).open("wb", buffering=0) as file:
        try:
            while True:
                file.write(PIECE)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise


def free(place: Path) -> None:
    """Give the space back."""
    (place / BALLAST).unlink()
