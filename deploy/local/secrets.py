"""Passwords and keys of one machine, generated when first asked for."""

import base64
import os
import secrets
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Secrets:
    """One file per secret, readable by its owner only."""

    directory: Path

    def get(self, name: str) -> str:
        """The secret of this name, 64 hexadecimal digits unless it was written from elsewhere."""
        return self.path(name).read_text()

    def key(self, name: str) -> str:
        """A key of 32 bytes, as `shared.secrets` takes it."""
        return base64.urlsafe_b64encode(bytes.fromhex(self.get(f"{name}-key"))).decode()

    def path(self, name: str) -> Path:
        """The file that holds it, written first if need be."""
        path = self.directory / name
        if not path.exists():
            self.write(name, secrets.token_hex(32))
        return path

    def write(self, name: str, value: str) -> None:
        """Keep a secret that is made elsewhere, such as a key pair."""
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        unfinished = self.directory / f".{name}"
        unfinished.unlink(missing_ok=True)
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(value)
        unfinished.replace(self.directory / name)
