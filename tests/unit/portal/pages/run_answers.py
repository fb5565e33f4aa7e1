"""What matching answers about a match run in the small company of these tests, and in one of two thousand."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from services.matching.domain import RunOptions
from tests.unit.portal.pages.answers import PROGRAMME

WEIGHTS = {"needs": 4500, "goals": 2000, "level": 1400, "location": 1100, "languages": 1000}
WORTH = {"people": 1, "kept": 0, "points": 7_200}
LITTLE = {"people": 0, "kept": 0, "points": 640}


def a_pair(place: int, points: int, **changes: Any) -> dict[str, Any]:
    return {"protege_id": f"p{place}", "mentor_id": f"m{place % 8}", "points": points, **_MARKS, "locked": place == 1} | {
        "by_hand": place == 3,
        **changes,
    }


_MARKS: dict[str, Any] = {"locked": False, "by_hand": False, "round": None}


def with_reasons(pair: dict[str, Any]) -> dict[str, Any]:
    """The same pair with all that speaks for it."""
    points = pair["points"]
    shares = {name: points * weight // 10_000 for name, weight in WEIGHTS.items()}
    shares["languages"] += points - sum(shares.values())
    reasons = {"needs": ["leading former peers"], "level": ["+2"], "location": ["6 h"], "languages": ["en", "de"]}
    return {
        **pair,
        "shares": shares,
        "reasons": reasons,
        "unanswered": ["goals"] if pair["protege_id"] == "p2" else [],
        "best_points": points if pair["protege_id"] == "p0" else points + 300,
    }


def left_out() -> list[dict[str, Any]]:
    """Somebody for each kind of reason."""
    one = {"detail": "", "rules": {}, "eligible": 0, "group": None, "best_points": None}
    group = {"number": 1, "proteges": 4, "mentors": 2, "mentor_ids": ["m1", "m2"], "places": 3}
    return [
        {**one, "person_id": "p12", "reason": "too_few_places", "rules": {"never_own_line": 2}, "eligible": 3, "group": group},
        {**one, "person_id": "p13", "reason": "no_eligible_mentor", "rules": {"shared_language": 8, "never_own_line": 2}},
        {**one, "person_id": "p14", "reason": "by_hand"},
    ]


def a_run(state: str = "draft", **changes: Any) -> dict[str, Any]:
    """A whole match; a run that is at work or has failed has neither pairs nor people."""
    pairs = [a_pair(place, 9_130 - 431 * place) for place in range(12)]
    taken = Counter(pair["mentor_id"] for pair in pairs)
    return {
        "run_id": "run-3",
        "programme_id": PROGRAMME,
        "number": 3,
        "state": state,
        "requested_at": "2026-10-20T06:40:00+00:00",
        "failure": None,
        "progress": 64,
        "step": "solving",
        "asked": 0,
        "form": "one_to_one",
        "options": RunOptions().model_dump(mode="json"),
        "kept": [["p1", "m1"]],
        "answered": False,
        "pairs": pairs,
        "left_out": left_out(),
        "mentors": [{"mentor_id": f"m{place}", "places": 2 + place % 2, "taken": taken[f"m{place}"]} for place in range(10)],
        "total_points": sum(pair["points"] for pair in pairs),
        "coverage": {"paired": 12, "proteges": 15},
        "places": 22,
        "weights": WEIGHTS,
        "floors": [{"group": "Finance", "proteges": 4, "floor": 3, "paired": 2}],
        "released": [["p4", "m9"]],
        "passed_over": [],
        "proof": {"pairs_checked": 150, "rounds": 2, "optimal": True, "matched_upper_bound": 12, "upper_bound": 90_000, "value": 90_000},
        "forbidden": [["p0", "m4"]],
        "previous_run_id": "run-2",
        "difference": {"added": [["p3", "m3"]], "removed": [["p3", "m5"]], "kept": 11},
        **changes,
    }


def an_empty_run() -> dict[str, Any]:
    """A match of nobody."""
    nothing: dict[str, Any] = {name: [] for name in ("pairs", "left_out", "mentors", "forbidden", "released", "floors")}
    return a_run(**nothing, coverage={"paired": 0, "proteges": 0}, total_points=0, places=0, previous_run_id=None, difference=None)


def a_big_run(people: int = 2_000, mentors: int = 600) -> dict[str, Any]:
    """A match of many: with every tenth left out, for each reason some."""
    pairs = [
        {"protege_id": f"p{place}", "mentor_id": f"m{place * 7 % mentors}", "points": 9_950 - 37 * place % 6_500, **_MARKS}
        for place in range(people)
        if place % 10
    ]
    taken = Counter(pair["mentor_id"] for pair in pairs)
    alone = [{**left_out()[place // 10 % 3], "person_id": f"p{place}"} for place in range(0, people, 10)]
    return a_run(
        pairs=pairs,
        left_out=alone,
        mentors=[{"mentor_id": f"m{place}", "places": 4, "taken": taken[f"m{place}"]} for place in range(mentors)],
        total_points=sum(pair["points"] for pair in pairs),
        coverage={"paired": len(pairs), "proteges": people},
        places=4 * mentors,
    )


def a_candidate(place: int) -> dict[str, Any]:
    rules = [] if place < 7 else ["never_own_line", "shared_language"]
    return {"mentor_id": f"m{place}", "points": 9_000 - 700 * place, "shares": {}, "broken_rules": rules, "free_places": place % 3}


def run_answers(run: dict[str, Any]) -> dict[str, Any]:
    """All that can be asked about a run, by path."""
    here = f"/runs/{run['run_id']}"
    pairs, people = run["pairs"], run["coverage"]["paired"]
    answers = {
        f"{here}/summary": run,
        f"{here}/whole": run,
        f"{here}/pairs": _pairs_of(run),
        f"{here}/candidates": [a_candidate(place) for place in range(10)] if pairs else [],
        f"{here}/curve": a_curve(people, run["total_points"]),
        f"{here}/places": [a_mentors_places(place, one) for place, one in enumerate(run["mentors"])],
        f"{here}/differences": a_difference() if pairs else a_difference(changes=[], mentors=[], gained=0, lost=0, moved=0),
        f"{here}/fairness": a_fairness() if pairs else a_fairness(whole=None, parts=[], ratio=None),
        f"{here}/why-not": why_not_by_price(),
        f"{here}/groups/1": {"protege_ids": ["p12", "p15", "p16", "p17"], "mentor_ids": ["m1", "m2"], "places": 3},
        f"POST {here}/preview": a_preview(),
    }
    for pair in pairs[:12]:
        others = [
            {"mentor_id": "m8", "points": 5_200, "broken_rules": [], "price": WORTH},
            {"mentor_id": "m9", "points": 4_900, "broken_rules": [], "price": LITTLE},
            {"mentor_id": "m5", "points": 4_100, "broken_rules": ["never_own_line"], "price": None},
        ]
        answers[f"{here}/pairs/{pair['protege_id']}"] = {"pair": with_reasons(pair), "broken_rules": [], "alternatives": others}
    helps = [{"mentor_id": "m1", "places": 2, "rule": ""}, {"mentor_id": "m4", "places": 0, "rule": "never_own_line"}]
    for one in run["left_out"][:12]:
        answers[f"{here}/left-out/{one['person_id']}"] = {"left_out": one, "would_help": helps if one["group"] else []}
    return answers


def _pairs_of(run: dict[str, Any]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def pairs(query: dict[str, Any]) -> dict[str, Any]:
        return {"pairs": [with_reasons(pair) for pair in run["pairs"] if query["of"] in pair.values()], "next": None}

    return pairs


def a_curve(people: int, points: int) -> dict[str, Any]:
    corners = [
        {"people": people * part // 4, "points": points * part // 4 + 2_000 * part * (4 - part), "at_most": points * part // 4 + 9_000}
        for part in range(1, 5)
    ]
    return {"corners": corners if people else [], "people": people, "points": points}


def a_mentors_places(place: int, one: dict[str, Any]) -> dict[str, Any]:
    more = (WORTH, LITTLE, {"people": 0, "kept": 0, "points": 0})[place % 3]
    return {**one, "one_more": more, "one_fewer": WORTH if place % 2 else {"people": 0, "kept": 0, "points": 900}}


def a_difference(**changes: Any) -> dict[str, Any]:
    rui, clara = {"mentor_id": "m1", "points": 8_000}, {"mentor_id": "m6", "points": 6_100}
    people = [
        {"protege_id": "p3", "kind": "moved", "before": [rui], "after": [clara]},
        {"protege_id": "p5", "kind": "gained", "before": [], "after": [rui]},
        {"protege_id": "p12", "kind": "lost", "before": [clara], "after": []},
    ]
    return {
        "run_id": "run-3",
        "against": "run-2",
        "gained": 1,
        "lost": 1,
        "moved": 1,
        "kept": 9,
        "points_before": 81_000,
        "points_after": 83_500,
        "changes": people,
        "mentors": [{"mentor_id": "m1", "before": 1, "after": 2}],
        **changes,
    }


def a_preview(**changes: Any) -> dict[str, Any]:
    told = a_difference()
    figures = {"paired": 12, "total_points": 80_000, "smallest_points": 4_200}
    counted = {name: told[name] for name in ("gained", "lost", "moved", "kept", "changes", "mentors")}
    return {"preview": True, "weights": WEIGHTS, "now": figures, "then": {**figures, "paired": 13}, **counted, **changes}


def a_fairness(**changes: Any) -> dict[str, Any]:
    def group(*names: str, paired: int, **figures: Any) -> dict[str, Any]:
        return {
            "groups": list(names), "proteges": 8, "paired": paired, "coverage": 100 * paired / 8, "mean_points": 7_100, "low_points": 4_800,
            "first_choice": 42.0, **figures,
        }  # fmt: skip

    few = group("People and culture", "", paired=3, mean_points=None, low_points=None, first_choice=None)
    return {
        "by": "department",
        "fewest": 5,
        "whole": group(paired=6),
        "parts": [group("Finance", paired=8), group("Network planning", paired=4), few],
        "ratio": 0.375,
        "load": {"mentors": 10, "without_anybody": 2, "most": 3, "mean": 1.2, "deviation": 0.8},
        **changes,
    }


def why_not_by_price(**changes: Any) -> dict[str, Any]:
    return {
        "reason": "price",
        "points": 6_400,
        "broken_rules": [],
        "price": {"people": 1, "kept": 0, "points": 7_000},
        "offer": {"people": 1, "kept": 0, "points": 5_200},
        "if_paired": {"people": 0, "kept": 0, "points": -1_800},
        "held_by": ["p4", "p5"],
        **changes,
    }
