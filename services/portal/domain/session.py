"""Being signed in: for how long, and where one may be sent afterwards."""

import re
import unicodedata
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import unquote

from pydantic import BaseModel, ConfigDict

from shared.errors import Rejected

_LONGEST_PATH: Final = 2000
_PATH_AND_QUERY: Final = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*(\?[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?")


class Session(BaseModel):
    """One browser in which somebody is signed in. `id` is a hash: who reads the database cannot take the session over."""

    model_config = ConfigDict(frozen=True)

    id: str
    person_id: str
    issuer: str
    subject: str
    form_secret: str
    id_token: bytes | None
    created_at: datetime
    seen_at: datetime
    ends_at: datetime

    def alive(self, at: datetime, idle: timedelta) -> bool:
        """Whether it still holds: not left alone too long, and not past its end."""
        return at < self.ends_at and at - self.seen_at < idle


class SignIn(BaseModel):
    """A sign-in that is under way: what the answer of the identity provider must fit."""

    model_config = ConfigDict(frozen=True)

    id: str
    browser: str
    issuer: str
    nonce: str
    verifier: str
    return_to: str
    started_at: datetime


class SignInRefused(Rejected):
    """You could not be signed in."""

    status = 400


class UnknownSignIn(SignInRefused):
    """This sign-in was not started in this browser, has been used, or took too long."""


class ProviderRefused(SignInRefused):
    """The place where you sign in said no."""


class UntrustedAnswer(SignInRefused):
    """The answer of the place where you sign in could not be trusted."""


class UnknownAccount(SignInRefused):
    """Your account is not known here."""

    status = 403


class AccountClosed(SignInRefused):
    """Your account here is closed."""

    status = 403


def safe_return(target: str | None, home: str = "/") -> str:
    """`target` when it is a path of ours and every reader must take it as one, else `home`.

    Browsers drop tabs and line ends and read a backslash as a slash; proxies may decode once more. So only plain letters are
    taken, and nothing that becomes misleading after decoding as often as it will go.
    """
    if not target or len(target) > _LONGEST_PATH or not _PATH_AND_QUERY.fullmatch(target):
        return home
    path = target.partition("?")[0]
    while not _misleading(path):
        decoded = unquote(unicodedata.normalize("NFKC", path))
        if decoded == path:
            return target
        path = decoded
    return home


def _misleading(path: str) -> bool:
    segments = path.removeprefix("/").split("/")
    return (
        not path.startswith("/")
        or "\\" in path
        or any(segment in {".", ".."} for segment in segments)
        or any(not segment for segment in segments[:-1])
        or any(unicodedata.category(letter)[0] in "CZ" for letter in path)
    )
