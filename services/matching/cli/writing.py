"""Files that are written all together, or none of them."""

import contextlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.matching.cli.problems import WrongInput
from services.matching.cli.scores import DECIMALS, UNIT


@dataclass(frozen=True)
class Millionths:
    """An exact decimal number."""

    value: int

    def __str__(self) -> str:
        """The shortest way to write it."""
        whole, decimals = divmod(abs(self.value), UNIT)
        text = f"{whole}.{decimals:0{DECIMALS}}".rstrip("0").rstrip(".")
        return f"-{text}" if self.value < 0 else text


def as_json(value: Any, indent: str = "") -> str:
    """JSON in which decimal numbers keep all their digits."""
    deeper = indent + "  "
    if isinstance(value, Millionths):
        return str(value)
    if isinstance(value, Mapping) and value:
        lines = [f"{deeper}{json.dumps(str(key), ensure_ascii=False)}: {as_json(one, deeper)}" for key, one in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    if isinstance(value, list | tuple) and value:
        return "[\n" + ",\n".join(deeper + as_json(one, deeper) for one in value) + f"\n{indent}]"
    return json.dumps(value, ensure_ascii=False)


def must_be_writable(targets: Sequence[Path], inputs: Sequence[Path]) -> None:
    """Raise WrongInput, before any work is done, for a place where no file can be put, or where one lies that was given."""
    given = {_place(file) for file in inputs}
    places = [_place(target) for target in targets]
    for target, place in zip(targets, places, strict=True):
        if place in given:
            raise WrongInput(f"{target}: this is one of the files to read; it would be lost")
        if places.count(place) > 1:
            raise WrongInput(f"{target}: two results cannot be the same file")
        if place.exists() and not place.is_file():
            raise WrongInput(f"{target}: this is not a file")
        if not place.parent.is_dir():
            raise WrongInput(f"{target}: there is no folder {place.parent}")
        if not os.access(place.parent, os.W_OK):
            raise WrongInput(f"{target}: nothing may be written in {place.parent}")
        if place.exists() and not os.access(place, os.W_OK):
            raise WrongInput(f"{target}: this file is protected and may not be written")


def write_together(texts: Mapping[Path, str]) -> None:
    """Put every file in its place, or leave everything as it was. Raises OSError."""
    marks = {_place(target): f".tandem-{os.getpid()}-{number}" for number, target in enumerate(texts)}
    new = {place: place.with_name(mark + ".new") for place, mark in marks.items()}
    old = {place: place.with_name(mark + ".old") for place, mark in marks.items() if place.exists()}
    moved: list[Path] = []
    try:
        for text, (place, beside) in zip(texts.values(), new.items(), strict=True):
            _write(beside, text, like=place)
        for place, kept in old.items():
            shutil.copy2(place, kept)
        for place, beside in new.items():
            beside.replace(place)
            moved.append(place)
    except BaseException as problem:
        for place in moved:
            if place in old:
                old[place].replace(place)
            else:
                place.unlink()
        if isinstance(problem, OSError) and problem.filename is None:  # a full disk does not say where
            problem.filename = next(iter(texts))
        raise
    finally:
        for beside in (*new.values(), *old.values()):
            with contextlib.suppress(OSError):
                beside.unlink()


def _place(file: Path) -> Path:
    """Where it is, through all links. Raises WrongInput."""
    try:
        place = file.resolve()
        place.exists()
    except OSError as problem:
        raise WrongInput(f"{file}: {problem.strerror}") from problem
    except RuntimeError as problem:
        raise WrongInput(f"{file}: this link leads back to itself") from problem
    return place


def _write(file: Path, text: str, *, like: Path) -> None:
    """Whoever may not read what was there before may not read this."""
    with file.open("x", encoding="utf-8", newline="") as opened:
        if like.exists():
            shutil.copymode(like, file)
        opened.write(text)
        opened.flush()
        os.fsync(opened.fileno())
