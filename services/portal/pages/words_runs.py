"""What is said about a match run: its form, its steps, why it is no better, why two are a pair or none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from babel.support import NullTranslations


@dataclass(frozen=True)
class Form:
    """How people come together in a programme, and what it calls them. `by` is what its pairs are put in order by, beside points."""

    code: str
    note: str
    one: str
    several: str
    other: str
    others: str
    by: str = ""

    def heads(self, proteges: int, mentors: int) -> tuple[str, str]:
        """What stands over the two sides of a picture."""
        return (
            f"{proteges} {self.one if proteges == 1 else self.several}",
            f"{mentors} {self.other if mentors == 1 else self.others}",
        )


def form_of(programme: Mapping[str, Any], words: NullTranslations) -> Form:
    """The form of a programme, in its own words for its people where it has some."""
    _ = words.gettext
    code, called = programme["form"], programme.get("called") or {}
    note, by = {
        "circle": (_("Circles: everybody who stands with the same mentor meets together."), "mentor"),
        "flash": (_("Short meetings: somebody may have several, each with another mentor."), "round"),
        "peer": (_("Peers: neither of the two is the mentor."), ""),
        "reverse": (_("Reverse mentoring: the mentor is the junior of the two."), ""),
    }.get(code, ("", ""))
    usual = (_("protégé"), _("protégés"), _("mentor"), _("mentors"))
    if code == "peer":
        usual = (_("peer"), _("peers"), _("partner"), _("partners"))
    names = ("protege", "proteges", "mentor", "mentors")
    one, several, other, others = (called.get(name) or word for name, word in zip(names, usual, strict=True))
    return Form(code, note, one, several, other, others, by)


def step(code: str, words: NullTranslations) -> str:
    """What a run is doing."""
    _ = words.gettext
    return {
        "rules": _("Looking who may be paired with whom"),
        "scores": _("Comparing every protégé with every mentor"),
        "solving": _("Looking for the best match for all"),
        "proof": _("Checking that there is no better one"),
        "explanations": _("Writing down the reasons"),
        "trade-offs": _("Working out what more or fewer places would change"),
    }.get(code, _("Waiting for its turn"))


def failure(code: str | None, words: NullTranslations) -> str:
    """Why a run has no draft, and who can do something about it."""
    _ = words.gettext
    return {
        "memory": _("There was not enough memory for so many people. Your administrator can give matching more."),
        "time": _("It took longer than it may. Your administrator can allow more time."),
    }.get(code or "", "")


def shortfall(run: Mapping[str, Any], words: NullTranslations) -> str:
    """What a match may lack of the best one: nothing is said of one that is proven to be the best."""
    proof = run["proof"]
    if proof["optimal"]:
        return ""
    people = proof["matched_upper_bound"] - run["coverage"]["paired"]
    said: str = words.gettext("This match is valid, and it is not proven to be the best one.")
    if people > 0:
        more = words.ngettext("%(num)s more person with a partner", "%(num)s more people with a partner", people) % {"num": people}
        said += " " + words.gettext("The best one has at most this: %(more)s.") % {"more": more}
    bound = proof["upper_bound"]
    if bound is not None and people <= 0 and bound > proof["value"] > 0:
        percent = 100 * (bound - proof["value"]) / proof["value"]
        said += " " + words.gettext("The best one has at most %(percent)s %% more points.") % {"percent": f"{percent:.2f}"}
    return said


def why_left_out(one: Mapping[str, Any], name: str, words: NullTranslations) -> str:
    """Why somebody has no partner, in a sentence. `name` is the first name."""
    _ = words.gettext
    group = one["group"]
    if group:
        said: str = _("%(proteges)s protégés can only be paired with the same %(mentors)s mentors, who have %(places)s places:") % group
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


def amount(worth: Mapping[str, int], words: NullTranslations) -> str:
    """What something is worth to a match, without its sign: people with a partner come first, then points of 100."""
    people, points = abs(worth["people"]), abs(round(worth["points"] / 100))
    said = []
    if people:
        said.append(words.ngettext("%(num)s person with a partner", "%(num)s people with a partner", people) % {"num": people})
    if points or not people:
        said.append(words.ngettext("%(num)s point", "%(num)s points", points) % {"num": points})
    # Two amounts, not two people.
    return words.gettext("%(one)s and %(other)s") % {"one": said[0], "other": said[1]} if len(said) > 1 else said[0]


def more_places(worth: Mapping[str, int] | None, words: NullTranslations) -> str:
    """What one more place with a mentor would bring."""
    _ = words.gettext
    if worth is None:
        return ""
    if worth["people"] > 0:
        return words.ngettext("%(num)s more person with a partner", "%(num)s more people with a partner", worth["people"]) % {
            "num": worth["people"]
        }
    points = round(worth["points"] / 100)
    if points > 0:
        return words.ngettext("%(num)s more point", "%(num)s more points", points) % {"num": points}
    return _("nothing: nobody else needs it")


def fewer_places(worth: Mapping[str, int] | None, words: NullTranslations) -> str:
    """What one place fewer with a mentor would cost."""
    _ = words.gettext
    if worth is None:
        return ""
    if worth["people"] < 0:
        people = -worth["people"]
        return words.ngettext("%(num)s person fewer with a partner", "%(num)s people fewer with a partner", people) % {"num": people}
    points = round(-worth["points"] / 100)
    if points > 0:
        return words.ngettext("%(num)s point fewer", "%(num)s points fewer", points) % {"num": points}
    return _("nothing")


def remedy(way: Mapping[str, Any], mentor: str, rule: str, words: NullTranslations) -> str:
    """A single change that would give somebody a partner. `rule` is the rule in words, where it is one."""
    if way["places"]:
        return words.ngettext("%(num)s more place with %(mentor)s", "%(num)s more places with %(mentor)s", way["places"]) % {
            "num": way["places"],
            "mentor": mentor,
        }
    return words.gettext("%(mentor)s, if this rule did not hold for the two: %(rule)s") % {"mentor": mentor, "rule": rule}


def why_not(answer: Mapping[str, Any], one: str, other: str, rules: str, words: NullTranslations) -> list[str]:
    """Why a protégé, `one`, and a mentor, `other`, are no pair; the answer first. `rules`: those that keep them apart, in words."""
    _ = words.gettext
    names = {"one": one, "other": other}
    said = {
        "paired": _("%(one)s and %(other)s are a pair in this match.") % names,
        "rule": _("A rule keeps them apart: %(rules)s.") % {"rules": rules},
        "places": _("%(other)s has no place to give in this match.") % names,
        "price": _("No rule keeps them apart. The places of %(other)s do more for the whole match elsewhere.") % names,
    }
    sentences = [said[answer["reason"]]]
    points = round(answer["points"] / 100)
    if answer["reason"] != "paired":
        together = words.ngettext("Together they would have %(num)s point.", "Together they would have %(num)s points.", points)
        sentences.append(together % {"num": points})
    if answer["reason"] == "price":
        price, offer = answer["price"], answer["offer"]
        sentences.append(
            _("One place with %(other)s brings the match %(price)s; %(one)s would bring it %(offer)s.")
            % {**names, "price": amount(price, words), "offer": amount(offer, words)}
        )
        sentences.append(_if_paired(answer["if_paired"], words))
    return sentences


def _if_paired(change: Mapping[str, int], words: NullTranslations) -> str:
    _ = words.gettext
    if change["people"] < 0 or round(change["points"] / 100) < 0:
        lost = {"people": min(change["people"], 0), "points": 0 if change["people"] < 0 else change["points"]}
        return _("If the two were a pair all the same, the whole match would lose %(amount)s.") % {"amount": amount(lost, words)}
    return _("If the two were a pair all the same, the whole match would be as good: this is one of several equally good ones.")


def last_ones(corners: Sequence[Mapping[str, int]], words: NullTranslations) -> str:
    """What the last people who are paired bring or cost in points, from the end of the curve."""
    if len(corners) < 2:  # noqa: PLR2004 - a line has two ends
        return ""
    before, last = corners[-2], corners[-1]
    people, points = last["people"] - before["people"], round((last["points"] - before["points"]) / 100)
    counted = words.ngettext("the last person who is paired", "the last %(num)s people who are paired", people) % {"num": people}
    if points < 0:
        said = words.ngettext(
            "All others together would have %(num)s point more without %(who)s.",
            "All others together would have %(num)s points more without %(who)s.",
            -points,
        )
        return said % {"num": -points, "who": counted}
    said = words.ngettext("The match has %(num)s point more with %(who)s.", "The match has %(num)s points more with %(who)s.", points)
    return said % {"num": points, "who": counted}


def asked_for(options: Mapping[str, Any], words: NullTranslations) -> list[str]:
    """What was asked of a run that is not as usual, in a few words each."""
    _ = words.gettext
    floors = options["floors"]
    said = (
        (options["mode"] == "worst_first", _("the weakest pair first")),
        (options["mode"] == "stable", _("stable")),
        (options["coverage"] == "free", _("most points first")),
        (options["weights"] is not None, _("weights of its own")),
        (floors is not None, _("a least share of each group")),
        (options["spread"] > 0, _("spread over mentors")),
        (options["running"] != "locked", _("only a suggestion: running pairs may move")),
        (any(options[side][scope] for side in ("proteges", "mentors") for scope in options[side]), _("only some people")),
        (options["seed"] != 0, _("another draw between equals")),
        (options["limits"]["seconds"] is not None, _("with a time limit")),
    )
    return [word for holds, word in said if holds]
