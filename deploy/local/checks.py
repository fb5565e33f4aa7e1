"""What is looked at before anything is started."""

import shutil
from collections import Counter

from deploy.local.options import Options
from deploy.local.ports import is_free
from deploy.local.refusals import CannotStart

BYTES_NEEDED = 1_500_000_000


def check(options: Options) -> None:
    """Raise CannotStart for what would go wrong later and less clearly."""
    check_ports(options)
    check_disk(options)


def check_ports(options: Options) -> None:
    ports = options.ports_used()
    number, count = Counter(ports.values()).most_common(1)[0]
    if count > 1:
        names = " and ".join(name for name, port in ports.items() if port == number)
        raise CannotStart(f"Port {number} is wanted by {names}: give each its own, for instance --port-{names.split()[-1]} {number + 100}.")
    for name, port in ports.items():
        if not is_free(port):
            raise CannotStart(f"Port {port} for {name} is in use by another program: end that, or choose another with --port-{name}.")


def check_disk(options: Options) -> None:
    options.home.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(options.home).free
    if free < BYTES_NEEDED:
        raise CannotStart(f"{free / 1e9:.1f} GB are free where {options.home} is; Tandem needs {BYTES_NEEDED / 1e9:.1f} GB there.")
