"""What the portal does when something happened elsewhere: nothing. Its pages ask."""

from shared.reactions import Reactions

reactions = Reactions(service="portal")
