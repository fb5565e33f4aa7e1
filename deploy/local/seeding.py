"""Putting the demo programmes in, beside the running system, and saying how far it is."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from deploy.local.processes import Process, spawn, stop
from deploy.local.system import System


@dataclass
class Seeding:
    """The program that does it. What it prints is shown."""

    process: Process
    log: Path
    _told: int = 0
    _over: bool = False

    @classmethod
    def begin(cls, system: System) -> "Seeding | None":
        """Start it; None when it is not wanted."""
        command = system.seed_command()
        if command is None:
            return None
        log = system.logs / "seed.log"
        log.unlink(missing_ok=True)
        return cls(spawn(command, log=log, environment=system.environment(system.surroundings.of_seed())), log)

    def tell(self, say: Callable[[str], None]) -> None:
        """Pass on whole lines it has printed since last time, and how it ended."""
        if self._over:
            return
        ended = self.process.poll() is not None
        with self.log.open("rb") as file:
            file.seek(self._told)
            lines = file.read()
        whole = lines if ended else lines[: lines.rfind(b"\n") + 1]
        self._told += len(whole)
        for line in whole.decode(errors="replace").splitlines():
            say(f"  demo: {line}")
        if ended:
            self._over = True
            if self.process.returncode:
                say(f"  demo: ended with exit code {self.process.returncode}; the rest works. Its log: {self.log}")

    def stop(self) -> None:
        if not self._over:
            stop(self.process)
