"""Secrets at rest."""

import base64
import hashlib
import os

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

from shared.secrets import CannotOpen, Safe, new_key

PLACE = "calendars/ines/password"


def test_what_was_sealed_can_be_opened_in_its_place() -> None:
    safe = Safe([new_key()])
    sealed = safe.seal("órange", place=PLACE)
    assert "órange".encode() not in sealed
    assert safe.open(sealed, place=PLACE) == "órange"
    assert safe.seal("órange", place=PLACE) != sealed


def test_a_secret_moved_to_another_place_cannot_be_opened() -> None:
    safe = Safe([new_key()])
    with pytest.raises(CannotOpen):
        safe.open(safe.seal("orange", place=PLACE), place="calendars/deborah/password")


def test_a_secret_with_a_changed_byte_cannot_be_opened() -> None:
    safe = Safe([new_key()])
    sealed = safe.seal("orange", place=PLACE)
    for position in range(len(sealed)):
        spoilt = bytearray(sealed)
        spoilt[position] ^= 1
        with pytest.raises(CannotOpen):
            safe.open(bytes(spoilt), place=PLACE)
    with pytest.raises(CannotOpen):
        safe.open(b"", place=PLACE)


def test_after_a_rotation_old_secrets_open_and_new_ones_use_the_new_key() -> None:
    old, new = new_key(), new_key()
    sealed = Safe([old]).seal("orange", place=PLACE)
    both = Safe([new, old])
    assert both.open(sealed, place=PLACE) == "orange"
    assert Safe([new]).open(both.seal("apple", place=PLACE), place=PLACE) == "apple"
    with pytest.raises(CannotOpen):
        Safe([new]).open(sealed, place=PLACE)


def test_what_was_sealed_in_the_first_form_opens_and_is_to_be_sealed_anew() -> None:
    text = new_key()
    safe, wrapping = Safe([text]), base64.urlsafe_b64decode(text)
    key, nonce = os.urandom(32), os.urandom(12)
    name = hashlib.sha256(wrapping).digest()[:8]
    sealed = b"\x01" + name + aes_key_wrap(wrapping, key) + nonce + AESGCM(key).encrypt(nonce, b"orange", PLACE.encode())
    assert safe.open(sealed, place=PLACE) == "orange"
    assert not safe.is_sealed_with_newest(sealed)
    anew = safe.seal("orange", place=PLACE)
    assert safe.is_sealed_with_newest(anew)
    assert not Safe([new_key(), text]).is_sealed_with_newest(anew)
    with pytest.raises(CannotOpen):
        safe.open(b"\x01" + anew[1:], place=PLACE)


@pytest.mark.parametrize("keys", [[], ["short"], ["AAAA"]])
def test_a_key_that_is_none_is_refused(keys: list[str]) -> None:
    with pytest.raises(ValueError, match="key"):
        Safe(keys)
