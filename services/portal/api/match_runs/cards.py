"""Why two are a pair and why somebody is left out, made ready to be shown wherever a page explains it."""

from collections.abc import Mapping
from typing import Any

from services.portal.api.managing import card_of, words_of
from services.portal.api.match_runs.showing import HUNDREDTHS
from services.portal.api.page import Page, PersonCard
from services.portal.pages.people import first_name
from services.portal.pages.pictures import Points, Voice, points_of
from services.portal.pages.times import locale_of
from services.portal.pages.words_manager import broken_rule, criteria, left_out_reason, why_fitting
from services.portal.pages.words_reasons import why_left_out


def pair_card(
    page: Page, pair: Mapping[str, Any], people: Mapping[str, PersonCard], programme: Mapping[str, Any], weights: Mapping[str, int]
) -> dict[str, Any]:
    """A pair with its points by criterion, what speaks for it, and what nobody has said. `weights`: those it was matched with."""
    names = criteria(words_of(page), programme["questions"])
    return {
        **pair,
        "protege": card_of(people, pair["protege_id"]),
        "mentor": card_of(people, pair["mentor_id"]),
        "points": explained(page, pair, programme, weights),
        "best": None if pair["best_points"] is None else round(pair["best_points"] / HUNDREDTHS),
        "is_best": pair["best_points"] is not None and pair["points"] >= pair["best_points"],
        "criteria": names,
        "unanswered": [names.get(name, (name,))[0] for name in pair["unanswered"]],
    }


def explained(page: Page, pair: Mapping[str, Any], programme: Mapping[str, Any], weights: Mapping[str, int]) -> Points:
    """The points of a pair, criterion by criterion, with what speaks for it."""
    locale, words = locale_of(page.viewer.locale), words_of(page)
    reasons = {name: [why_fitting(name, found, words, locale)] for name, found in pair["reasons"].items() if found}
    now = {**programme["weights"], **{f"question.{question['id']}": question["weight"] for question in programme["questions"]}}
    ordered = {name: (weights or now).get(name, 0) for name in criteria(words, programme["questions"])}
    return points_of({name: share / HUNDREDTHS for name, share in pair["shares"].items()}, ordered, reasons)


def left_out_card(page: Page, one: Mapping[str, Any], people: Mapping[str, PersonCard]) -> dict[str, Any]:
    """Somebody who is left out, why in a sentence, which rules keep how many mentors away, and the group that has too few places."""
    words = words_of(page)
    who = card_of(people, one["person_id"])
    group = one["group"]
    rules = sorted(one["rules"].items(), key=lambda rule: (-rule[1], rule[0]))
    return {
        **one,
        "who": who,
        "why": why_left_out(one, first_name(who.name), Voice.of(page.viewer)),
        "short": left_out_reason(one["reason"], words),
        "rules": [(broken_rule(rule, words), count) for rule, count in rules if count],
        "group_names": [card_of(people, mentor_id).name for mentor_id in group["mentor_ids"]] if group else [],
    }
