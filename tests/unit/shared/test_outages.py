"""What the database answers when it cannot, as opposed to when it was asked for nonsense."""

import pytest
from pymongo.errors import AutoReconnect, BulkWriteError, DuplicateKeyError, OperationFailure

from shared.mongo import is_outage

NO_SPACE, HANDED_OVER, TOO_LARGE, TAKEN = 14031, 10107, 10334, 11000


def _in_bulk(*codes: int) -> BulkWriteError:
    return BulkWriteError({"writeErrors": [{"index": number, "code": code} for number, code in enumerate(codes)]})


@pytest.mark.parametrize(
    "error", [AutoReconnect("gone"), OperationFailure("", NO_SPACE), _in_bulk(NO_SPACE), _in_bulk(HANDED_OVER), _in_bulk()]
)
def test_a_database_that_cannot_is_away(error: Exception) -> None:
    assert is_outage(error)


@pytest.mark.parametrize(
    "error", [ValueError(), OperationFailure("", TOO_LARGE), DuplicateKeyError("", TAKEN), _in_bulk(TAKEN), _in_bulk(NO_SPACE, TOO_LARGE)]
)
def test_a_document_that_cannot_be_written_is_no_outage(error: Exception) -> None:
    assert not is_outage(error)
