"""The `tandem` command. Its subcommands are found by entry points, so each part brings its own and none imports another."""

import sys
from collections.abc import Callable, Sequence
from importlib.metadata import entry_points

Command = Callable[[Sequence[str]], int]

GROUP = "tandem.commands"
WRONG_INPUT = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run the subcommand that the first word names."""
    words = list(sys.argv[1:] if argv is None else argv)
    commands = {found.name: found for found in entry_points(group=GROUP)}
    if not words or words[0] in {"-h", "--help"}:
        print("tandem COMMAND [...]\n\nCommands: " + ", ".join(sorted(commands)) + "\nEach has --help with an example.")
        return 0
    if words[0] not in commands:
        print(f"tandem: there is no command {words[0]!r}. There are: {', '.join(sorted(commands))}.", file=sys.stderr)
        return WRONG_INPUT
    command: Command = commands[words[0]].load()
    return command(words[1:])
