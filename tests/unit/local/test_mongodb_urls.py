import pytest

from deploy.local.mongodb import service_url


@pytest.mark.parametrize(
    ("given", "made"),
    [
        (
            "mongodb://root:secret@db.example:27017,db2.example/?replicaSet=rs0&authSource=admin",
            "mongodb://goals:word@db.example:27017,db2.example/tandem_goals?replicaSet=rs0&authSource=tandem_goals",
        ),
        ("mongodb://db.example", "mongodb://goals:word@db.example/tandem_goals?authSource=tandem_goals"),
        (
            "mongodb+srv://me:p%40ss@cluster.example/admin?tls=true",
            "mongodb+srv://goals:word@cluster.example/tandem_goals?tls=true&authSource=tandem_goals",
        ),
    ],
)
def test_a_service_reaches_the_same_servers_as_its_own_user_in_its_own_database(given: str, made: str) -> None:
    assert service_url(given, "goals", "word") == made
