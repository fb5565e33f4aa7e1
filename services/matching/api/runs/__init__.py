"""Match runs over HTTP."""

from services.matching.api.runs import drafts, explaining, fairness, looking, outcome, running, weighing, whole

ROUTERS = (
    running.router,
    drafts.router,
    whole.router,
    looking.router,
    explaining.router,
    weighing.router,
    fairness.router,
    outcome.router,
)
