"""The `tandem` command. Its subcommands are found by entry points, so each part brings its own and none imports another."""

import io
import os
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import entry_points
from zoneinfo import reset_tzpath

Command = Callable[[Sequence[str]], int]

GROUP = "tandem.commands"
FAILED = 1
WRONG_INPUT = 2
INTERRUPTED = 130
"""What a shell says of a command that Ctrl-C has ended."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the subcommand that the first word names."""
    os.environ.setdefault("PYTHONTZPATH", "")  # zones are those of the tzdata we depend on, the same on every machine
    reset_tzpath()
    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal that has no é is no reason to fail
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        return _run(list(sys.argv[1:] if argv is None else argv))
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        answer("")


def answer(text: str, code: int = 0) -> int:
    """Print what a command was asked for, to the end, and give back its code. Whoever stops reading has read enough."""
    try:
        print(text, end="", flush=True)
    except OSError as problem:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python tries again when it ends
        if not isinstance(problem, BrokenPipeError):
            print(f"tandem: the answer cannot be written: {problem.strerror}", file=sys.stderr)
            return FAILED
    return code


def _run(words: list[str]) -> int:
    commands = {found.name: found for found in entry_points(group=GROUP)}
    if not words or words[0] in {"-h", "--help"}:
        print("tandem COMMAND [...]\n\nCommands: " + ", ".join(sorted(commands)) + "\nEach has --help with an example.")
        return 0
    if words[0] not in commands:
        print(f"tandem: there is no command {words[0]!r}. There are: {', '.join(sorted(commands))}.", file=sys.stderr)
        return WRONG_INPUT
    command: Command = commands[words[0]].load()
    return command(words[1:])
