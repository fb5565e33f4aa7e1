"""Match runs over HTTP."""

from services.matching.api.runs import drafts, explaining, fairness, looking, outcome, running, weighing

ROUTERS = (running.router, drafts.router, looking.router, explaining.router, weighing.router, fairness.router, outcome.router)
