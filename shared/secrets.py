"""Secrets at rest: each under a key of its own, that key wrapped by one from the settings, bound to the place where it lies.

Form of a sealed secret: version, id of the wrapping key, wrapped key, nonce, and the ciphertext (AES-256-GCM; key wrap by RFC 3394).
What is authenticated with it are its place and, since version 2, the version and the id of the key. A row copied to another place, or one
with a changed byte, cannot be opened.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

_FIRST, _VERSION = b"\x01", b"\x02"
_KEY_BYTES, _NAME_BYTES, _WRAPPED_BYTES, _NONCE_BYTES = 32, 8, 40, 12
_HEAD = len(_VERSION) + _NAME_BYTES + _WRAPPED_BYTES + _NONCE_BYTES


class CannotOpen(Exception):  # noqa: N818 - says what cannot be done
    """The secret was sealed with another key, for another place, or has been changed."""


class Safe:
    """Seals and opens secrets. The first key seals; the others still open what was sealed before a rotation."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Take keys of 32 bytes in base64. Raises ValueError for anything else."""
        self._keys: dict[bytes, bytes] = {}
        for text in keys:
            try:
                key = base64.urlsafe_b64decode(text.strip().replace("+", "-").replace("/", "_"))
            except ValueError as error:
                raise ValueError("a key for secrets is written in base64") from error
            if len(key) != _KEY_BYTES:
                raise ValueError(f"a key for secrets has {_KEY_BYTES} bytes, this one has {len(key)}")
            self._keys[hashlib.sha256(key).digest()[:_NAME_BYTES]] = key
        if not self._keys:
            raise ValueError("a safe needs a key")

    def seal(self, secret: str, *, place: str) -> bytes:
        """The secret, readable only with our key and only as the content of `place` (such as `calendars/<id>/password`)."""
        name, wrapping = next(iter(self._keys.items()))
        key, nonce = AESGCM.generate_key(bit_length=8 * _KEY_BYTES), os.urandom(_NONCE_BYTES)
        sealed = AESGCM(key).encrypt(nonce, secret.encode(), _bound_to(_VERSION + name, place))
        return _VERSION + name + aes_key_wrap(wrapping, key) + nonce + sealed

    def marks(self, text: str) -> list[bytes]:
        """What only we could have put beside this text (HMAC-SHA256), under each key, the one that seals first."""
        return [hmac.digest(key, b"mark:" + text.encode(), "sha256") for key in self._keys.values()]

    def open(self, sealed: bytes, *, place: str) -> str:
        """The secret that was sealed for this place. Raises CannotOpen."""
        version, name = sealed[:1], sealed[1 : 1 + _NAME_BYTES]
        if version not in {_FIRST, _VERSION} or len(sealed) < _HEAD or name not in self._keys:
            raise CannotOpen("sealed with a key we do not have")
        wrapped = sealed[1 + _NAME_BYTES : 1 + _NAME_BYTES + _WRAPPED_BYTES]
        try:
            key = aes_key_unwrap(self._keys[name], wrapped)
            return AESGCM(key).decrypt(sealed[_HEAD - _NONCE_BYTES : _HEAD], sealed[_HEAD:], _bound_to(version + name, place)).decode()
        except (InvalidUnwrap, InvalidTag) as error:
            raise CannotOpen("changed, or moved from another place") from error

    def is_sealed_with_newest(self, sealed: bytes) -> bool:
        """Whether it has the newest form and key; else it is to be sealed anew, so that older keys can be thrown away."""
        return sealed.startswith(_VERSION + next(iter(self._keys)))


def _bound_to(head: bytes, place: str) -> bytes:
    return place.encode() if head.startswith(_FIRST) else head + place.encode()


def new_key() -> str:
    """A key for a safe, as settings take it."""
    return base64.urlsafe_b64encode(os.urandom(_KEY_BYTES)).decode()
