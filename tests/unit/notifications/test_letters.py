"""What is written by mail, in both languages."""

from datetime import UTC, datetime
from importlib.resources import files
from io import BytesIO
from string import Formatter
from typing import Any

import pytest
from babel.messages.pofile import read_po

from services.notifications.channels import Facts, letter_for, words
from services.notifications.domain import MANNERS, Kind

MAILED = [kind for kind, manner in MANNERS.items() if manner.mail]


def facts(kind: Kind, **given: Any) -> Facts:
    defaults: dict[str, Any] = {
        "kind": kind,
        "reader": "Ines Carvalho",
        "locale": "en",
        "zone": "Europe/Lisbon",
        "url": "https://tandem.example.org/proposals/1",
        "inbox_url": "https://tandem.example.org/inbox",
        "subject": {"deadline_at": "2026-10-22T13:30:00+00:00", "starts_at": "2026-10-22T13:30:00+00:00"},
        "names": {
            "other_id": "Deborah Okafor",
            "protege_id": "Ines Carvalho",
            "mentor_id": "Deborah Okafor",
            "by_id": "Deborah Okafor",
            "programme_id": "Engineering leaders 2026",
        },
    }
    return Facts(**{**defaults, **given})


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def german() -> dict[str, str]:
    source = files("services.notifications") / "locale" / "de" / "mail.po"
    return {str(message.id): str(message.string) for message in read_po(BytesIO(source.read_bytes())) if message.id}


def test_what_is_mailed_has_words_and_nothing_else_has() -> None:
    assert set(words.WORDS) == set(MAILED)


def test_every_sentence_is_translated_and_no_translation_is_left_over() -> None:
    assert set(german()) == set(words.sentences())
    assert all(german().values())


@pytest.mark.parametrize("sentence", words.sentences())
def test_a_translation_names_what_the_sentence_names(sentence: str) -> None:
    assert placeholders(german()[sentence]) == placeholders(sentence)


@pytest.mark.parametrize("locale", ["en", "de"])
@pytest.mark.parametrize("kind", MAILED)
def test_every_kind_is_worded_in_both_languages(kind: Kind, locale: str) -> None:
    letter = letter_for(facts(kind, locale=locale))
    for part in (letter.subject, letter.text, letter.html):
        assert part
        assert "{" not in part
    assert "https://tandem.example.org/proposals/1" in letter.text
    assert "https://tandem.example.org/proposals/1" in letter.html
    assert "\n\n\n" not in letter.text


@pytest.mark.parametrize("kind", MAILED)
def test_german_readers_read_german(kind: Kind) -> None:
    assert letter_for(facts(kind, locale="de")).text != letter_for(facts(kind, locale="en")).text


def test_a_language_that_is_not_ours_reads_english() -> None:
    assert letter_for(facts(Kind.PROPOSAL_MADE, locale="pt")).locale == "en"


@pytest.mark.parametrize(
    ("locale", "zone", "shown"),
    [
        ("en", "Europe/Lisbon", "Thursday 22 October, 14:30 (Lisbon)"),
        ("de", "Europe/Lisbon", "Donnerstag, 22. Oktober, 14:30 (Lissabon)"),
        ("en", "America/Halifax", "Thursday 22 October, 10:30 (Halifax)"),
    ],
)
def test_times_are_those_of_the_readers_clock(locale: str, zone: str, shown: str) -> None:
    assert shown in letter_for(facts(Kind.MEETING_TOMORROW, locale=locale, zone=zone)).text


def test_a_clock_change_before_the_meeting_is_in_its_time() -> None:
    after_summer_time = {"starts_at": datetime(2026, 10, 26, 14, 30, tzinfo=UTC).isoformat()}
    assert "14:30 (Lisbon)" in letter_for(facts(Kind.MEETING_TOMORROW, subject=after_summer_time)).text


def test_a_name_is_text_and_never_markup_or_a_placeholder() -> None:
    names = {"other_id": "<b>Bobby</b> {reader}"}
    letter = letter_for(facts(Kind.PROPOSAL_MADE, names=names))
    assert "<b>" not in letter.html
    assert "<b>Bobby</b> {reader}" in letter.text


def test_a_name_cannot_add_a_header() -> None:
    letter = letter_for(facts(Kind.PROPOSAL_MADE, names={"other_id": "Bobby\r\nBcc: everybody@example.org"}))
    assert "\n" not in letter.subject
    assert "\r" not in letter.subject


def test_a_name_nobody_knows_yet_becomes_a_word() -> None:
    assert "your partner" in letter_for(facts(Kind.PARTNERSHIP_STARTED, names={})).subject
    assert "dein Gegenüber" in letter_for(facts(Kind.PARTNERSHIP_STARTED, names={}, locale="de")).subject


def test_nobody_is_blamed_for_a_pairing_that_does_not_come_about() -> None:
    for kind in (Kind.PROPOSAL_DECLINED, Kind.PLACE_FREE_AGAIN):
        text = letter_for(facts(kind)).text.lower()
        assert "declined" not in text
        assert "refused" not in text
