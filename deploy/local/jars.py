"""The jars of Apache Kafka: named with their checksums in a lock file, fetched once, never again."""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from deploy.local.refusals import CannotStart

KAFKA_VERSION = "4.3.1"
LOCK_FILE = Path(__file__).with_name(f"kafka-{KAFKA_VERSION}.lock")
_ATTEMPTS = 4
_TOLD_EVERY = 10
_SECONDS_PER_REQUEST = 60


@dataclass(frozen=True)
class Jar:
    """One line of the lock file."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def name(self) -> str:
        return f"{self.artifact}-{self.version}.jar"


def locked(lock_file: Path = LOCK_FILE) -> list[Jar]:
    """What the lock file names."""
    return [Jar(*line.split()) for line in lock_file.read_text().splitlines()]


def fetch_from_maven(jar: Jar, cache: Path) -> Path:
    """The file of a jar from Maven Central or from jgo's own cache below `cache`."""
    from jgo.maven import MavenContext, PythonResolver  # noqa: PLC0415 - not needed, and slow to import, once the jars are here

    context = MavenContext(resolver=PythonResolver(), repo_cache=cache / "maven", timeout=_SECONDS_PER_REQUEST)
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return Path(context.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve())
        except Exception as error:  # whatever jgo and the network raise, another try may do
            if attempt == _ATTEMPTS:
                raise CannotStart(f"{jar.name} of Kafka cannot be fetched ({error}): is there a way to the internet?") from error
    raise AssertionError("unreachable")


def kafka_jars(
    cache: Path,
    *,
    jars: list[Jar] | None = None,
    fetch: Callable[[Jar, Path], Path] = fetch_from_maven,
    progress: Callable[[str], None] = lambda _: None,
) -> Path:
    """The directory with all jars, each of them checked; only the first call needs the network."""
    directory = cache / f"kafka-{KAFKA_VERSION}"
    complete = directory / "COMPLETE"
    directory.mkdir(parents=True, exist_ok=True)
    with (cache / "jars.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # `make up` and `make test` may both be here for the first time
        if complete.exists():
            return directory
        wanted = locked() if jars is None else jars
        with ThreadPoolExecutor(max_workers=8) as threads:
            for done, _ in enumerate(threads.map(lambda jar: _put(jar, directory, fetch(jar, cache)), wanted), start=1):
                if done % _TOLD_EVERY == 0 or done == len(wanted):
                    progress(f"Fetching Kafka, this once: {done} of {len(wanted)} files")
        complete.touch()
    return directory


def _put(jar: Jar, directory: Path, fetched: Path) -> None:
    """Copy a fetched jar to its place if it is the one that was locked; else throw it away."""
    found = hashlib.sha256(fetched.read_bytes()).hexdigest()
    if found != jar.sha256:
        fetched.unlink()
        raise CannotStart(f"{jar.name} is not the file Tandem was built with (checksum {found} instead of {jar.sha256}): it was not used.")
    target = directory / jar.name
    target.unlink(missing_ok=True)
    try:
        os.link(fetched, target)
    except OSError:
        shutil.copyfile(fetched, target)
