"""How a person is drawn: initials on a hue that stays the same wherever they appear."""

from zlib import crc32

HUES = 12


def initials(name: str) -> str:
    """First letters of the first and the last name: Ines Maria Carvalho is IC."""
    parts = name.split()
    letters = [parts[0][0], parts[-1][0]] if len(parts) > 1 else [name.strip()[:1]]
    return "".join(letters).upper()


def hue(person_id: str) -> int:
    """0 to 11, from the id, so that a change of name keeps the colour."""
    return crc32(person_id.encode()) % HUES


def first_name(name: str) -> str:
    """What colleagues call them, as far as one can tell from the name."""
    return name.split(maxsplit=1)[0] if name.strip() else name
