"""The demo calendar server: Radicale, with a calendar of one's own for everyone in the demo company."""

import json
import sys
from pathlib import Path

from deploy.local import demo

_CALENDAR = {"calendar": {"tag": "VCALENDAR", "D:displayname": "Calendar", "C:supported-calendar-component-set": "VEVENT"}}


def command(directory: Path, port: int) -> list[str | Path]:
    """Write its configuration and say how it is started."""
    directory.mkdir(parents=True, exist_ok=True)
    users = directory / "users"
    users.write_text("".join(f"{person.calendar_user}:{demo.CALENDAR_PASSWORD}\n" for person in demo.people()))
    users.chmod(0o600)
    configuration = directory / "radicale.ini"
    configuration.write_text(
        f"""\
[server]
hosts = 127.0.0.1:{port}

[auth]
type = htpasswd
htpasswd_filename = {users}
htpasswd_encryption = plain
delay = 0

[rights]
type = owner_only

[storage]
filesystem_folder = {directory / "collections"}
predefined_collections = {json.dumps(_CALENDAR)}

[logging]
level = warning
"""
    )
    return [sys.executable, "-m", "radicale", "--config", configuration]


def calendar_url(server: str, user: str) -> str:
    """Where the calendar of one person is."""
    return f"{server}/{user}/calendar/"
