"""A notice as a letter: a subject line, plain text and simple HTML that say the same."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from services.notifications.channels import texts, words
from services.notifications.channels.facts import Facts


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What is sent to one person about one notice."""

    locale: str
    subject: str
    text: str
    html: str


def letter_for(facts: Facts) -> Letter:
    """The letter about a notice whose kind is told by mail, in the reader's language and at the reader's clock."""
    locale = texts.language(facts.locale)
    translate = texts.catalogue(locale).gettext
    filled = _fillings(facts, locale, translate)

    def say(sentence: str) -> str:
        return translate(sentence).format_map(filled)

    said = words.WORDS[facts.kind]
    subject = say(said.subject)
    context = {
        "locale": locale,
        "subject": subject,
        "greeting": say(words.GREETING),
        "lines": [say(line) for line in said.lines],
        "action": say(said.action),
        "url": facts.url,
        "closing": say(words.CLOSING),
        "inbox": say(words.INBOX),
        "inbox_url": facts.inbox_url,
    }
    return Letter(
        locale=locale,
        subject=subject,
        text=_templates().get_template("letter.txt").render(context),
        html=_templates().get_template("letter.html").render(context),
    )


def _fillings(facts: Facts, locale: str, translate: Callable[[str], str]) -> dict[str, str]:
    """What the names in braces stand for. A name we have not heard of yet becomes a word that fits."""
    names = {field: " ".join(name.split()) for field, name in facts.names.items()}
    somebody, programme = translate(words.SOMEBODY), translate(words.SOME_PROGRAMME)
    days = [str(fact) for name in ("until", "ends_on") if (fact := facts.subject.get(name))]
    times = {name: str(facts.subject[name]) for name in ("deadline_at", "starts_at") if name in facts.subject}
    clocks = {name: texts.moment(datetime.fromisoformat(at), zone=facts.zone, locale=locale) for name, at in times.items()}
    return {
        "reader": " ".join(facts.reader.split()),
        "other": names.get("other_id", somebody),
        "protege": names.get("protege_id", somebody),
        "mentor": names.get("mentor_id", somebody),
        "by": names.get("by_id", somebody),
        "programme": names.get("programme_id", programme),
        "day": texts.day(date.fromisoformat(days[0]), locale=locale) if days else "",
        "waiting_approval": str(facts.subject.get("waiting_approval", "")),
        "waiting_partner": str(facts.subject.get("waiting_partner", "")),
        "deadline": clocks.get("deadline_at", ""),
        "start": clocks.get("starts_at", ""),
    }


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("services.notifications.channels"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
