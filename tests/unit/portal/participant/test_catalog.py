"""The German of the participants' pages is complete, and says what is meant to be filled in."""

import re

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from tests.unit.portal.participant.catalog import CATALOGS, sources, wanted

PLACES = re.compile(r"%\(\w+\)s|\{\w+\}")


def german() -> dict[str, Message]:
    found: dict[str, Message] = {}
    for path in CATALOGS:
        with path.open("rb") as file:
            found |= {message.id if isinstance(message.id, str) else message.id[0]: message for message in read_po(file, locale="de")}
    del found[""]
    return found


def test_every_text_has_a_german_one_and_none_is_left_over() -> None:
    asked = {message if isinstance(message, str) else message[0] for message in wanted()}
    found = {key for key, message in german().items() if not message.fuzzy and all(texts(message))}
    assert found == asked


def test_german_fills_in_what_english_fills_in() -> None:
    for message in german().values():
        english = [message.id] if isinstance(message.id, str) else list(message.id)
        for said, text in zip(english, texts(message), strict=True):
            assert set(PLACES.findall(text)) == set(PLACES.findall(said)), said


def test_nobody_is_shouted_at() -> None:
    for message in wanted():
        assert "!" not in "".join(message)
    assert not [text for message in german().values() for text in texts(message) if "!" in text]


@pytest.mark.parametrize("word", ["Sie ", "Ihnen", "Ihr "])
def test_german_says_du(word: str) -> None:
    """A capital in the middle of a sentence would be the formal address."""
    formal = re.compile(rf"[a-zäöüß,] {re.escape(word)}")
    assert not [text for message in german().values() for text in texts(message) if formal.search(text)]


def test_templates_hold_no_style_no_script_and_no_handler() -> None:
    for path, method in sources():
        if method == "jinja2":
            markup = path.read_text()
            assert not re.search(r'\sstyle=|<script|<style|\son[a-z]+="|javascript:', markup), path.name


def texts(message: Message) -> list[str]:
    found = message.string or ""
    return [found] if isinstance(found, str) else [str(one) for one in found]
