"""Programmes of any size to be matched, the same every time: seven criteria count, and six hard rules hold."""

import itertools
import random

from services.matching.engine import Cohort, HardRules, Participant, Weights

DOING = ("leading", "planning", "presenting", "negotiating", "measuring", "writing", "selling", "designing", "hiring", "coaching")
WHAT = ("teams", "budgets", "projects", "change", "contracts", "data", "strategy", "research", "products", "events", "conflicts", "risk")
TAGS = tuple(f"{doing} {what}" for doing, what in itertools.product(DOING, WHAT))
WORKPLACES = (("Lisbon", "Europe/Lisbon"), ("Berlin", "Europe/Berlin"), ("Toronto", "America/Toronto"), ("Singapore", "Asia/Singapore"))
DEPARTMENTS = tuple("ABCDEFGH")
LANGUAGES = ("en", "de", "fr", "pt")
MANAGED = 20
"""So many people have the same manager."""

WEIGHTS = Weights(needs=30, learning=10, goals=20, level=15, location=10, languages=5, hours=10)
RULES = HardRules(least_shared_hours=1, most_hours_apart=8, least_levels_above=1)
"""Beside these, nobody is matched with themselves or in their own line, and all need a language in common."""


def programme(proteges: int, mentors: int, places: tuple[int, int]) -> Cohort:
    """So many people; mentors have from so many places to so many."""
    chance = random.Random(2026)  # noqa: S311 - a cohort to measure with, no secret
    ids = [f"p{number:06}" for number in range(proteges + mentors)]
    return Cohort(
        proteges=tuple(_person(chance, one, 1, range(1, 6)) for one in ids[:proteges]),
        mentors=tuple(_person(chance, one, chance.randint(*places), range(4, 10)) for one in ids[proteges:]),
        weights=WEIGHTS,
        rules=RULES,
        managers={one: ids[number // MANAGED * MANAGED] for number, one in enumerate(ids) if number % MANAGED},
    )


def _person(chance: random.Random, person_id: str, places: int, levels: range) -> Participant:
    location, zone = chance.choice(WORKPLACES)
    tags = chance.sample(TAGS, 9)
    days = chance.sample(range(5), 3)
    return Participant(
        person_id=person_id,
        needs=tuple(tags[:3]),
        strengths=tuple(tags[3:6]),
        goals=tuple(tags[6:]),
        level=chance.choice(levels),
        department=chance.choice(DEPARTMENTS),
        location=location,
        zone=zone,
        languages=tuple(sorted({"en" if chance.random() < 0.7 else "de", chance.choice(LANGUAGES)})),
        hours=tuple((day, start := 60 * chance.randint(8, 14), start + 180) for day in sorted(days)),
        places=places,
    )
