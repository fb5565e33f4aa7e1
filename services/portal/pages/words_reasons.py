"""Why two are a pair or none, why somebody is left out, what would help, and what things are worth to a whole match, in sentences."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.portal.pages.pictures import Voice

Worth = Mapping[str, int]
"""What something is worth to a match: `people` with a partner, who come first, and `points` of 10,000."""


def amount(worth: Worth, voice: Voice) -> str:
    """So many people and points, for something that is worth anything."""
    people, points = worth["people"], _of_hundred(worth["points"])
    of_points = voice.words.ngettext("%(num)s point", "%(num)s points", abs(points)) % {"num": voice.number(abs(points))}
    if not people:
        return of_points
    counted = {"num": voice.number(people)}
    said: str = voice.words.ngettext("%(num)s person with a partner", "%(num)s people with a partner", people) % counted
    if points > 0:
        return voice.words.gettext("%(people)s and %(points)s") % {"people": said, "points": of_points}
    if points < 0:
        return voice.words.gettext("%(people)s, and %(points)s fewer") % {"people": said, "points": of_points}
    return said


def change(worth: Worth | None, voice: Voice) -> str:
    """What one more place brings or one fewer costs; empty where it was not worked out."""
    if worth is None:
        return ""
    return voice.words.gettext("nothing") if _is_nothing(worth) else amount(worth, voice)


def why_left_out(one: Mapping[str, Any], name: str, voice: Voice) -> str:
    """Why somebody has no partner, in a sentence. `name` is the first name."""
    _ = voice.words.gettext
    if group := one["group"]:
        counts = {key: voice.number(group[key]) for key in ("proteges", "mentors", "places")}
        said: str = _("%(proteges)s protégés can only be paired with the same %(mentors)s mentors, who have %(places)s places:") % counts
        return said
    return {
        "by_hand": _("You took the pair apart. Run the match again, or choose a mentor yourself."),
        "too_few_places": _("There are mentors who would fit, and each of their places is taken by somebody for whom it counts more."),
        "more_points_without": _("You asked for the most points, and without this pair all others together have more."),
        "others_preferred": _("Every mentor who fits has somebody whom both of them like as much or more."),
        "circle_too_small": _("Too few people fit into a circle with %(name)s.") % {"name": name},
        "odd_one_out": _("Everybody who fits is paired with somebody else."),
        "search_stopped": _("There was not enough time to find the best match."),
    }.get(one["reason"], _("No mentor in this programme may be paired with %(name)s.") % {"name": name})


def remedy(way: Mapping[str, Any], mentor: str, rule: str, voice: Voice) -> str:
    """A single change that would give somebody a partner. `rule` is the rule in words, where it is one."""
    if way["places"]:
        more = voice.words.ngettext("%(num)s more place with %(mentor)s", "%(num)s more places with %(mentor)s", way["places"])
        return more % {"num": voice.number(way["places"]), "mentor": mentor}
    return voice.words.gettext("%(mentor)s, if this rule did not hold for the two: %(rule)s") % {"mentor": mentor, "rule": rule}


def why_not(answer: Mapping[str, Any], one: str, other: str, rules: str, voice: Voice) -> list[str]:
    """Why a protégé, `one`, and a mentor, `other`, are no pair; the answer first. `rules`: those that keep them apart, in words."""
    _, names = voice.words.gettext, {"one": one, "other": other}
    said = {
        "paired": _("%(one)s and %(other)s are a pair in this match.") % names,
        "rule": _("A rule keeps them apart: %(rules)s.") % {"rules": rules},
        "places": _("%(other)s has no place to give in this match.") % names,
        "price": _("No rule keeps them apart. The places of %(other)s do more for the whole match elsewhere.") % names,
    }
    if answer["reason"] == "paired":
        return [said["paired"]]
    points = _of_hundred(answer["points"])
    together = voice.words.ngettext("Together they would have %(num)s point.", "Together they would have %(num)s points.", points)
    sentences = [said[answer["reason"]], together % {"num": voice.number(points)}]
    if answer["reason"] == "price":
        sentences += [_price(answer, names, voice), _if_paired(answer["if_paired"], voice)]
    return sentences


def _price(answer: Mapping[str, Any], names: Mapping[str, str], voice: Voice) -> str:
    _, price, offer = voice.words.gettext, answer["price"], answer["offer"]
    worths = {**names, "price": amount(price, voice)}
    if _is_loss(offer):
        lost = amount(_negated(offer), voice)
        return _("One place with %(other)s brings the match %(price)s; with %(one)s it would lose %(offer)s.") % {**worths, "offer": lost}
    gained = amount(offer, voice)
    return _("One place with %(other)s brings the match %(price)s; %(one)s would bring it %(offer)s.") % {**worths, "offer": gained}


def _if_paired(worth: Worth, voice: Voice) -> str:
    _ = voice.words.gettext
    if _is_loss(worth):
        lost = amount(_negated(worth), voice)
        return _("If the two were a pair all the same, the whole match would lose %(amount)s.") % {"amount": lost}
    return _("If the two were a pair all the same, the whole match would be as good: this is one of several equally good ones.")


def last_ones(corners: Sequence[Worth], voice: Voice) -> str:
    """What the last people who are paired bring or cost in points, from the end of the curve."""
    if len(corners) < 2:  # noqa: PLR2004 - a line has two ends
        return ""
    before, last = corners[-2], corners[-1]
    people, points = last["people"] - before["people"], _of_hundred(last["points"] - before["points"])
    ngettext = voice.words.ngettext
    who = ngettext("the last person who is paired", "the last %(num)s people who are paired", people) % {"num": voice.number(people)}
    if points < 0:
        said = ngettext(
            "All others together would have %(num)s point more without %(who)s.",
            "All others together would have %(num)s points more without %(who)s.",
            -points,
        )
    else:
        said = ngettext("The match has %(num)s point more with %(who)s.", "The match has %(num)s points more with %(who)s.", points)
    return said % {"num": voice.number(abs(points)), "who": who}


def shortfall(run: Mapping[str, Any], voice: Voice) -> str:
    """What a match may lack of the best one: nothing is said of one that is proven to be the best."""
    proof, words = run["proof"], voice.words
    if proof["optimal"]:
        return ""
    said: str = words.gettext("This match is valid, and it is not proven to be the best one.")
    people, bound = proof["matched_upper_bound"] - run["coverage"]["paired"], proof["upper_bound"]
    if people > 0:
        more = words.ngettext("%(num)s more person with a partner", "%(num)s more people with a partner", people)
        said += " " + words.gettext("The best one has at most this: %(more)s.") % {"more": more % {"num": voice.number(people)}}
    elif bound is not None and bound > proof["value"] > 0:
        percent = voice.number(round(100 * (bound - proof["value"]) / proof["value"], 2))
        said += " " + words.gettext("The best one has at most %(percent)s %% more points.") % {"percent": percent}
    return said


def _of_hundred(points: int) -> int:
    return round(points / 100)


def _negated(worth: Worth) -> Worth:
    return {name: -value for name, value in worth.items()}


def _is_nothing(worth: Worth) -> bool:
    return not worth["people"] and not _of_hundred(worth["points"])


def _is_loss(worth: Worth) -> bool:
    return worth["people"] < 0 or (not worth["people"] and _of_hundred(worth["points"]) < 0)
