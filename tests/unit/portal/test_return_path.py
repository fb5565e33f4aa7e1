"""Where one may be sent after signing in: only to a path of ours, however it is written."""

import itertools
from urllib.parse import quote, unquote, urljoin, urlsplit

import pytest
from hypothesis import given, strategies

from services.portal.domain.session import safe_return

ORIGIN = "https://portal.test"
HOSTS = ("evil.example", "evil.example:443", "portal.test@evil.example", "portal.test.evil.example", "①②⑦.⓪.⓪.①", "2130706433", "[::1]")
SLASHES = (
    "//",
    "/\\",
    "\\/",
    "\\\\",
    "///",
    "/\t/",
    "/\n/",
    "/\r\n/",
    "/ /",
    "/\x00/",
    "/\N{FULLWIDTH SOLIDUS}",
    "/\N{FRACTION SLASH}",
    "/%2f",
    "/%5c",
    "/%09/",
    "/./",
    "/../",
    "/;/",
    "/.//",
)
SCHEMES = (
    "https:",
    "http:",
    "HTTPS:",
    "javascript:",
    "data:text/html,",
    "vbscript:",
    "h\nttps:",
    " https:",
    "\x01https:",
    "https%3a",
    "blob:",
    "",
)


def layers(address: str) -> list[str]:
    """The address as it is, and with its signs hidden once and twice."""
    once = quote(address, safe="/")
    return [address, once, quote(once, safe="/"), quote(address, safe="").replace("%2F", "%2f")]


NASTY = sorted(
    {
        written
        for scheme, slashes, host in itertools.product(SCHEMES, SLASHES, HOSTS)
        for address in (f"{scheme}{slashes}{host}", f"{scheme}{slashes}{host}/path", f"/{scheme}{slashes}{host}")
        for written in layers(address)
    }
    | {
        "",
        "?",
        "#",
        "evil.example",
        "//",
        "/\\",
        "\\",
        "javascript:alert(1)",
        "https://portal.test@evil.example/",
        "/a\r\nSet-Cookie: a=b",
        "/#//evil",
    }
)


def leads_elsewhere(address: str) -> bool:
    """Whether any usual reader of the address would leave us: browsers drop controls and turn backslashes round."""
    browser = "".join(letter for letter in address.strip() if letter not in "\t\n\r").replace("\\", "/")
    for reader in (address, browser, unquote(browser), unquote(unquote(browser)).replace("\\", "/")):
        try:
            parts = urlsplit(urljoin(f"{ORIGIN}/sign-in", reader))
        except ValueError:
            return True
        if (parts.scheme, parts.netloc) != ("https", "portal.test"):
            return True
    return False


def test_the_corpus_is_large_and_really_nasty() -> None:
    assert len(NASTY) > 3000
    assert sum(leads_elsewhere(address) for address in NASTY) > 1000


def test_no_nasty_address_is_taken_when_it_would_lead_elsewhere() -> None:
    assert [address for address in NASTY if leads_elsewhere(safe_return(address))] == []


@pytest.mark.parametrize(
    "address", ["//evil.example", "/\\evil.example", "/%2f%2fevil.example", "/%252f%252fevil", "/a/../../b", "/a//b", "/a\nb", "/a%0d%0ab"]
)
def test_a_misleading_path_leads_home(address: str) -> None:
    assert safe_return(address) == "/"


@pytest.mark.parametrize(
    "address", ["/", "/goals/1", "/goals/1?tab=steps&q=a%20b", "/inbox?show=new", "/people/J%C3%BCrgen", "/a/b/", "/a?next=//evil.example"]
)
def test_a_path_of_ours_is_kept_as_it_is(address: str) -> None:
    assert safe_return(address) == address


def test_nothing_and_something_endless_lead_home() -> None:
    assert safe_return(None) == "/"
    assert safe_return("/" + "a" * 5000) == "/"


@given(strategies.text(max_size=60))
def test_whatever_is_typed_never_leads_elsewhere(text: str) -> None:
    assert not leads_elsewhere(safe_return(text))
    assert not leads_elsewhere(safe_return(f"/{text}"))
