"""Who is in the story. All work at the demo company."""

from deploy.local import demo

SOFIE = demo.PROGRAMME_MANAGER.email
RAVI = demo.ADMINISTRATOR.email

INES = demo.PROTEGE.email
"""A protégé in Lisbon with a calendar on a server. She has no mouse in this story."""
PRIYA = "priya.hassan@alder.example"
"""A protégé in Singapore, below Thuy in the reporting tree."""
DARYL = "daryl.krishnan@alder.example"
"""A protégé in Singapore, below Deborah in the reporting tree."""
LING = "ling.sim@alder.example"
"""A protégé in Singapore."""
RICARDO = "ricardo.gomes@alder.example"
"""A protégé in Lisbon who speaks Portuguese and nothing else."""

DEBORAH = demo.MENTOR.email
"""A mentor in Toronto with a calendar on a server."""
THUY = "thuy.ang@alder.example"
"""A mentor in Singapore."""
SIMONE = "simone.gagnon@alder.example"
"""A mentor in Toronto whose browser runs no scripts."""


def name(email: str) -> str:
    """The name as it stands on pages."""
    return demo.by_email()[email].name


def first(email: str) -> str:
    """The first name."""
    return name(email).partition(" ")[0]
