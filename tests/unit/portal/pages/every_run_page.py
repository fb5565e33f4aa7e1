"""Every page of a match run, opened by its own route."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi.responses import Response

from services.matching.domain import RunMode, RunningPairs, RunOptions
from services.portal.api.match_runs import changing, comparing, draft, explaining, starting, weighing
from services.portal.api.match_runs.showing import Look
from tests.unit.portal.pages.answers import PROGRAMME, a_programme, an_outlook
from tests.unit.portal.pages.run_answers import a_big_run, a_run, run_answers, why_not_by_price
from tests.unit.portal.pages.world import Company, person_row, refused

RUN = "/manage/runs/run-3"
RUNS = f"/manage/programmes/{PROGRAMME}/runs"
ASKED = {
    "asked": "yes", "goal": "worst_first", "spread": "little", "floors_by": "department", "floor_all": "70", "running": "locked",
    "stickiness": "10", "first_choice": "15", "seed": "7", "seconds": "", "fixed": "", "forbidden": "",
}  # fmt: skip
SUGGESTION = RunOptions(running=RunningPairs.STICKY, mode=RunMode.WORST_FIRST, seed=3).model_dump(mode="json")


def with_run(company: Company, run: dict[str, Any]) -> Company:
    """The company with another match."""
    company.matching.by_path |= run_answers(run)
    return company


def with_crowd(company: Company, people: int = 2_000, mentors: int = 600) -> Company:
    """The company with two thousand people in its match."""
    for side, count in (("p", people), ("m", mentors)):
        for place in range(count):
            row = person_row(place * 3 % 16, f"{side.upper()}erson Number-{place}", f"{side}{place}")
            company.rows.setdefault(row["_id"], row | {"department": f"Department {place % 17 % (place % 5 + 3)}"})
    return with_run(company, a_big_run(people, mentors))


async def run_in(company: Company, state: str, **changes: Any) -> Response:
    return await draft.run("run-3", with_run(company, a_run(state, **changes)).page(RUN))


async def of_form(company: Company, form: str) -> Response:
    company.matching.by_path[f"/programmes/{PROGRAMME}"] = a_programme(form=form, called={})
    pairs = a_run()["pairs"]
    meetings = [{**pair, "round": place % 3 + 1} for place, pair in enumerate(pairs)] if form == "flash" else pairs
    return await run_in(company, "draft", form=form, pairs=meetings, **({"mentors": []} if form == "peer" else {}))


async def unproven(company: Company) -> Response:
    proof = a_run()["proof"] | {"optimal": False, "upper_bound": 92_700}
    return await run_in(company, "draft", proof=proof, left_out=[{**a_run()["left_out"][2], "reason": "search_stopped"}])


async def looked_at(company: Company, **look: str) -> Response:
    return await draft.run("run-3", company.page(RUN), Look(**look))


async def why_not(company: Company, answer: Any, **asked: str) -> Response:
    company.matching.by_path["/runs/run-3/why-not"] = answer
    return await explaining.why_not("run-3", company.page(f"{RUN}/why-not"), **asked)


async def without_the_engine(company: Company) -> Response:
    company.matching.by_path["/runs/run-3/left-out/p12"] = refused(409, "Nothing is kept.", "nothing-kept")
    return await explaining.one_left_out("run-3", "p12", company.page())


async def preview_refused(company: Company) -> Response:
    company.matching.by_path["POST /runs/run-3/preview"] = refused(409, "Nothing is kept.", "nothing-kept")
    return await weighing.weights("run-3", company.page(f"{RUN}/weights?needs=60"))


async def new_refused(company: Company) -> Response:
    company.matching.by_path[f"POST /programmes/{PROGRAMME}/runs"] = refused(
        422, fixed__0="One of the two is not free, or not among those to be matched.", floors__shares__Finance="From 0 to 100 in a hundred."
    )
    form = {**ASKED, "group.1": "Finance", "floor.1": "120", "fixed": "Oluwaseun Adeyemi; Rui Pereira"}
    return await starting.start(PROGRAMME, company.page(RUNS, form))


async def nobody_left(company: Company) -> Response:
    company.matching.by_path[f"/programmes/{PROGRAMME}/outlook"] = an_outlook(allowed=0)
    return await starting.new(PROGRAMME, company.page(f"{RUNS}/new?rules-exclude-everybody=yes"))


async def new_of_form(company: Company, form: str) -> Response:
    company.matching.by_path[f"/programmes/{PROGRAMME}"] = a_programme(form=form, called={})
    return await starting.new(PROGRAMME, company.page(f"{RUNS}/new"))


Opening = Callable[[Company], Awaitable[Response]]
RULE = why_not_by_price(reason="rule", broken_rules=["never_own_line"], price=None, offer=None, if_paired=None, held_by=[])
TWO = {"protege_id": "p2", "mentor_id": "m3"}

RUN_PAGES: dict[str, Opening] = {
    "runs": lambda company: starting.runs(PROGRAMME, company.page()),
    "run-new": lambda company: starting.new(PROGRAMME, company.page(f"{RUNS}/new")),
    "run-new-with-weights": lambda company: starting.new(PROGRAMME, company.page(f"{RUNS}/new?needs=60&goals=10")),
    "run-new-groups": lambda company: starting.start(PROGRAMME, company.page(RUNS, {**ASKED, "groups": "yes"})),
    "run-new-refused": new_refused,
    "run-new-nobody": nobody_left,
    "run-new-circles": lambda company: new_of_form(company, "circle"),
    "run-new-peers": lambda company: new_of_form(company, "peer"),
    "run-new-flash": lambda company: new_of_form(company, "flash"),
    "run-suggestion": lambda company: run_in(company, "draft", options=SUGGESTION),
    "run": lambda company: draft.run("run-3", company.page(RUN)),
    "run-published": lambda company: run_in(company, "published"),
    "run-answered": lambda company: run_in(company, "published", answered=True),
    "run-undone": lambda company: run_in(company, "undone"),
    "run-superseded": lambda company: run_in(company, "superseded"),
    "run-progress": lambda company: run_in(company, "running", pairs=[], left_out=[]),
    "run-failed": lambda company: run_in(company, "failed", pairs=[], left_out=[]),
    "run-without-memory": lambda company: run_in(company, "failed", failure="memory", pairs=[], left_out=[]),
    "run-cancelled": lambda company: run_in(company, "cancelled", pairs=[], left_out=[]),
    "run-publishing": lambda company: run_in(company, "publishing", asked=5),
    "run-undoing": lambda company: run_in(company, "undoing"),
    "run-passed-over": lambda company: run_in(company, "published", passed_over=[["p1", "m1"]]),
    "run-outdated": lambda company: looked_at(company, outdated="yes"),
    "run-unproven": unproven,
    "run-circles": lambda company: of_form(company, "circle"),
    "run-flash": lambda company: of_form(company, "flash"),
    "run-peers": lambda company: of_form(company, "peer"),
    "run-reverse": lambda company: of_form(company, "reverse"),
    "run-searched": lambda company: looked_at(company, q="an", pair="p1"),
    "run-big": lambda company: draft.run("run-3", with_crowd(company).page(RUN)),
    "run-big-narrowed": lambda company: looked_at(with_crowd(company), left="Department 3", points="80"),
    "run-left-out": lambda company: explaining.left_out("run-3", company.page()),
    "run-left-out-big": lambda company: explaining.left_out("run-3", with_crowd(company).page(), reason="by_hand"),
    "run-why-not": lambda company: why_not(company, why_not_by_price(), **TWO),
    "run-why-not-rule": lambda company: why_not(company, RULE, **TWO),
    "run-why-not-unasked": lambda company: why_not(company, None),
    "run-why-not-silent": lambda company: why_not(company, refused(409, "Nothing is kept."), **TWO),
    "run-trade-offs": lambda company: weighing.trade_offs("run-3", company.page()),
    "run-weights": lambda company: weighing.weights("run-3", company.page(f"{RUN}/weights")),
    "run-preview": lambda company: weighing.weights("run-3", company.page(f"{RUN}/weights?needs=60&goals=10")),
    "run-preview-refused": preview_refused,
    "run-differences": lambda company: comparing.differences("run-3", company.page()),
    "run-fairness": lambda company: comparing.fairness("run-3", company.page()),
    "candidates": lambda company: changing.candidates("run-3", company.page(), protege_id="p2"),
    "candidates-searched": lambda company: changing.candidates("run-3", company.page(), protege_id="p2", q="zzz"),
}
RUN_PAGES_FULL_ONLY: dict[str, Opening] = {
    "run-pair": lambda company: explaining.pair("run-3", "p2", company.page(), mentor_id="m2"),
    "run-pair-best": lambda company: explaining.pair("run-3", "p0", company.page()),
    "run-one-left-out": lambda company: explaining.one_left_out("run-3", "p12", company.page()),
    "run-one-left-out-rule": lambda company: explaining.one_left_out("run-3", "p13", company.page()),
    "run-one-left-out-unknown": without_the_engine,
    "run-why-not-namesakes": lambda company: why_not(company, None, protege="a", mentor="nobody of this name"),
}
