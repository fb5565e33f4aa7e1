"""All of Tandem as a person starts it: `tandem up` in a process of its own, with a home and ports of its own."""

import asyncio
import json
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from deploy.local import demo
from deploy.local.options import DEFAULT_PORTS
from deploy.local.places import cache_directory
from deploy.local.ports import free_ports
from deploy.local.secrets import Secrets
from deploy.local.seeding import Company
from tests.support.probe import eventually

TANDEM = Path(sys.executable).with_name("tandem")
PARTS = {"mongodb", "kafka", "identity", "calendar", "mailbox", "portal", "matching", "scheduling", "goals", "notifications"}
SECONDS_TO_START = 180.0
ATTACHED = "TANDEM_E2E_HOME"
"""Names the home of a Tandem that runs already, for whoever works on these tests: it is used, and neither started nor stopped."""

_NOBODY = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9", "no_proxy": "127.0.0.1,localhost"}


@dataclass
class System:
    """One home of Tandem, whether it runs or not."""

    home: Path
    ports: dict[str, int] = field(default_factory=lambda: dict(zip(DEFAULT_PORTS, free_ports(len(DEFAULT_PORTS)), strict=True)))
    with_demo: bool = False
    status: dict[str, Any] = field(default_factory=dict)
    _process: asyncio.subprocess.Process | None = None

    @property
    def portal(self) -> str:
        return str(self.status["portal"])

    @property
    def mailbox(self) -> str:
        return str(self.status["mailbox"])

    def address(self, part: str) -> str:
        return next(str(one["address"]) for one in self.status["parts"] if one["name"] == part)

    def calendar(self, email: str) -> str:
        """The demo calendar of a person."""
        return str(self.status["calendars"]["url"]).replace("NAME", demo.by_email()[email].calendar_user)

    def company(self) -> Company:
        """The services, asked as anybody at any time: what a test cannot wait for is told with an earlier clock."""
        urls = {part["name"]: part["address"] for part in self.status["parts"]}
        return Company(urls, Secrets(self.home / "secrets").get("demo"), {"calendar": urls["calendar"]})

    async def start(self, *, without_network: bool = False) -> None:
        """Return when every part runs. Without network, whoever asks another machine finds nobody."""
        options = [f"--port-{part}={port}" for part, port in self.ports.items()] + ([] if self.with_demo else ["--no-demo"])
        with (self.home / "up.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                TANDEM,
                "up",
                *options,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment() | (_NOBODY if without_network else {}),
                preexec_fn=_hear_ctrl_c,
            )
        await eventually(self._runs, "a Tandem that runs", within=SECONDS_TO_START)

    async def attach(self) -> None:
        """Use what runs already."""
        self.status = await self.running()
        assert self.status["running"], f"no Tandem runs from {self.home}"

    async def interrupt(self) -> list[str]:
        """Press Ctrl-C; the processes that are left when the command has ended."""
        assert self._process is not None
        process, self._process = self._process, None
        process.send_signal(signal.SIGINT)
        code = await process.wait()
        assert code == 0, self._said()
        return [" ".join(one.info["cmdline"] or [one.info["name"]]) for one in self._ours()]

    async def end(self) -> None:
        """Leave nothing behind, whatever has happened."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            await self._process.wait()
            self._process = None

    async def running(self) -> dict[str, Any]:
        """`tandem status --format json`."""
        command = await asyncio.create_subprocess_exec(
            TANDEM, "status", "--format", "json", stdout=asyncio.subprocess.PIPE, env=self._environment()
        )
        output, _ = await command.communicate()
        document: dict[str, Any] = json.loads(output)
        return document

    async def _runs(self) -> bool:
        if self._process is not None and self._process.returncode is not None:
            raise RuntimeError(f"tandem up has ended:\n{self._said()}")
        self.status = await self.running()
        return {part["name"] for part in self.status["parts"] if part["state"] == "running"} == PARTS

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "TANDEM_HOME": str(self.home), "TANDEM_CACHE": str(cache_directory())}

    def _ours(self) -> list[psutil.Process]:
        found = psutil.process_iter(["name", "cmdline", "environ"])
        return [one for one in found if (one.info["environ"] or {}).get("TANDEM_HOME") == str(self.home)]

    def _said(self) -> str:
        return (self.home / "up.log").read_text(errors="replace")[-3000:]


@asynccontextmanager
async def a_system(*, with_demo: bool = False) -> AsyncIterator[System]:
    """A Tandem of one's own, or the one that was named."""
    if ATTACHED in os.environ:
        system = System(Path(os.environ[ATTACHED]))
        await system.attach()
        yield system
        return
    with tempfile.TemporaryDirectory(prefix="tandem-e2e-") as home:
        system = System(Path(home), with_demo=with_demo)
        try:
            await system.start()
            yield system
        finally:
            await system.end()


def _hear_ctrl_c() -> None:
    """Whoever runs the tests in the background has it ignored, and what they start as well."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
