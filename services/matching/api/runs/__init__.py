"""Match runs over HTTP."""

from services.matching.api.runs import drafts, looking, running

ROUTERS = (running.router, drafts.router, looking.router)
