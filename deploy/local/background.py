"""What is done beside a running system: the demo programmes are put in, then Java learns to start Kafka faster."""

from collections.abc import Callable

from deploy.local.processes import Process, spawn, stop
from deploy.local.system import System


class Background:
    """One program after the other. What the first one prints is shown."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._log = system.logs / "seed.log"
        self._told = 0
        self._seeding = self._seed()
        self._training: Process | None = None
        self._has_trained = False

    def look(self, say: Callable[[str], None]) -> None:
        """Pass on what was printed since last time, and go on to the next program when one has ended."""
        if self._seeding is not None:
            code = self._seeding.poll()
            self._tell(say, ended=code is not None)
            if code is not None:
                self._seeding = None
            if code:
                say(f"  demo: ended with exit code {code}; the rest works. Its log: {self._log}")
        elif not self._has_trained:
            self._has_trained = True
            command = self._system.training_command()
            if command is not None:
                self._training = spawn(command, log=self._system.logs / "training.log", environment=self._system.environment({}))

    def stop(self) -> None:
        for process in (self._seeding, self._training):
            if process is not None:
                stop(process)

    def _seed(self) -> Process | None:
        command = self._system.seed_command()
        if command is None:
            return None
        self._log.unlink(missing_ok=True)
        return spawn(command, log=self._log, environment=self._system.environment(self._system.surroundings.of_seed()))

    def _tell(self, say: Callable[[str], None], *, ended: bool) -> None:
        with self._log.open("rb") as file:
            file.seek(self._told)
            printed = file.read()
        whole = printed if ended else printed[: printed.rfind(b"\n") + 1]
        self._told += len(whole)
        for line in whole.decode(errors="replace").splitlines():
            say(f"  demo: {line}")
