"""What `tandem status` makes of what the services say."""

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from deploy.local.facts import facts_of
from deploy.local.summary import status_table

METRICS = """# HELP tandem_outbox_rows Rows.
# TYPE tandem_outbox_rows gauge
tandem_outbox_rows 3.0
tandem_outbox_oldest_seconds 61.4
tandem_consumer_lag{topic="goals.goal"} 5.0
tandem_consumer_lag{topic="goals.charter"} 2.0
tandem_dead_letters{state="parked"} 1.0
tandem_dead_letters{state="waiting"} 4.0
tandem_blocked_keys NaN
tandem_deliveries_now{state="failed"} 0.0
"""


@contextmanager
def a_service(health: dict[str, Any], metrics: str) -> Iterator[str]:
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = (json.dumps(health) if self.path == "/health/ready" else metrics).encode()
            self.send_response(200 if health["status"] == "ok" else 503)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_service_s_figures_and_problems_are_told_and_an_unknown_one_is_no_number() -> None:
    health = {"status": "not ok", "parts": {"database": "ok", "consumer": "a poll does not come back"}}
    with a_service(health, METRICS) as address:
        (facts,) = facts_of({"goals": address})
    assert facts == {
        "name": "goals",
        "ready": False,
        "problems": ["consumer: a poll does not come back"],
        "outbox_rows": 3,
        "outbox_oldest_seconds": 61.4,
        "lag": 7,
        "parked": 1,
        "waiting_letters": 4,
        "gaps": None,
        "blocked_keys": None,
        "failed_deliveries": 0,
    }


def test_a_service_that_does_not_answer_is_told_and_does_not_hide_the_others() -> None:
    with a_service({"status": "ok", "parts": {}}, METRICS) as address:
        silent, speaking = facts_of({"portal": "http://127.0.0.1:1", "goals": address})
    assert silent["problems"] == ["does not answer (ConnectionRefusedError)"]
    assert (silent["ready"], silent["lag"]) == (False, None)
    assert speaking["ready"]
    lines = status_table({"parts": [], "services": [silent, speaking]}).splitlines()
    assert lines == ["Tandem is not running from here. Start it with `make up`."]
    part = {"name": "goals", "state": "running", "pid": 7, "address": address, "note": ""}
    lines = status_table({"parts": [part], "services": [silent, speaking]}).splitlines()
    assert lines[-1].split() == ["goals", "3", "61", "s", "7", "1", "-", "0"]
    assert lines[-2].endswith("does not answer (ConnectionRefusedError)")
