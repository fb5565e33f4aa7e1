"""The pages of a match run: ask for one, see how far it is, understand the draft, correct it, compare it, publish it, take it back."""

from fastapi import APIRouter

from services.portal.api.match_runs import changing, comparing, draft, explaining, starting, weighing

router = APIRouter()
for module in (starting, draft, explaining, weighing, comparing, changing):
    router.include_router(module.router)
