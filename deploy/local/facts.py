"""What each running service says of itself: whether it is ready, and the figures that whoever operates it asks for first."""

import http.client
import json
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

_SECONDS_TO_ANSWER = 5.0

# The name here, the metric, and what its labels have to say.
_FIGURES: tuple[tuple[str, str, Mapping[str, str]], ...] = (
    ("outbox_rows", "tandem_outbox_rows", {}),
    ("outbox_oldest_seconds", "tandem_outbox_oldest_seconds", {}),
    ("lag", "tandem_consumer_lag", {}),
    ("parked", "tandem_dead_letters", {"state": "parked"}),
    ("waiting_letters", "tandem_dead_letters", {"state": "waiting"}),
    ("gaps", "tandem_dead_letters", {"state": "gap"}),
    ("blocked_keys", "tandem_blocked_keys", {}),
    ("failed_deliveries", "tandem_deliveries_now", {"state": "failed"}),
)


def facts_of(addresses: Mapping[str, str]) -> list[dict[str, Any]]:
    """Ask all services at the same time; one that does not answer is told as such."""
    with ThreadPoolExecutor(max_workers=max(1, len(addresses))) as pool:
        return list(pool.map(_ask, addresses, addresses.values()))


def _ask(name: str, address: str) -> dict[str, Any]:
    try:
        health = json.loads(_get(address, "/health/ready"))
        figures = _figures(_get(address, "/metrics"))
    except (OSError, http.client.HTTPException, ValueError) as error:
        return {"name": name, "ready": False, "problems": [f"does not answer ({type(error).__name__})"], **_no_figures()}
    problems = [f"{part}: {state}" for part, state in health["parts"].items() if state != "ok"]
    return {"name": name, "ready": health["status"] == "ok", "problems": problems, **figures}


def _get(address: str, path: str) -> str:
    place = urlsplit(address)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=_SECONDS_TO_ANSWER)
    try:
        connection.request("GET", path)
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def _no_figures() -> dict[str, None]:
    return dict.fromkeys(name for name, _, _ in _FIGURES)


def _figures(metrics: str) -> dict[str, float | None]:
    """The figures out of what `/metrics` says; None for one that is not there or is not known."""
    from prometheus_client.parser import text_string_to_metric_families  # noqa: PLC0415 - only for a Tandem that runs

    samples = [sample for family in text_string_to_metric_families(metrics) for sample in family.samples]
    return {name: _sum(samples, metric, labels) for name, metric, labels in _FIGURES}


def _sum(samples: Iterable[Any], metric: str, labels: Mapping[str, str]) -> float | None:
    values = [sample.value for sample in samples if sample.name == metric and labels.items() <= sample.labels.items()]
    total = sum(values) if values else float("nan")
    return None if total != total else round(total, 1)  # noqa: PLR0124 - how one tells what is no number
