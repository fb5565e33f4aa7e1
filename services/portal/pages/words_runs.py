"""What is said about a match run: its form, its steps, how it failed, what was asked of it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from babel.support import NullTranslations

from services.portal.pages.pictures import Voice


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
    order: str = ""
    """In which order the pairs are, in words, where it is not the best first."""

    def heads(self, proteges: int, mentors: int, voice: Voice) -> tuple[str, str]:
        """What stands over the two sides of a picture."""
        return (
            f"{voice.number(proteges)} {self.one if proteges == 1 else self.several}",
            f"{voice.number(mentors)} {self.other if mentors == 1 else self.others}",
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
    order = {"mentor": _("circle by circle"), "round": _("round by round")}.get(by, "")
    return Form(code, note, one, several, other, others, by, order)


def circles(sizes: Collection[int], voice: Voice) -> str:
    """How many circles there are and how many protégés they have; empty where there is none."""
    if not sizes:
        return ""
    fewest, most = min(sizes), max(sizes)
    span = voice.number(most) if fewest == most else f"{voice.number(fewest)}\N{EN DASH}{voice.number(most)}"
    said = voice.words.ngettext("%(num)s circle of %(span)s protégés.", "%(num)s circles of %(span)s protégés each.", len(sizes))
    return said % {"num": voice.number(len(sizes)), "span": span}


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
