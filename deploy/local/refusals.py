"""Why Tandem cannot start on this machine, each in one sentence that says what to do."""


class CannotStart(Exception):  # noqa: N818 - named as what it says, like every refusal here
    """Something on this machine stands in the way; the message is shown to the person as it is."""
