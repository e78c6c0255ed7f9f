"""Wording of a letter with its blanks filled in, the same for the print page and the PDF."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from string import Formatter

from foundation.printing.typesetting import Data


@dataclass(frozen=True)
class Part:
    """A piece of a sentence: wording that is the same for all, or what was ``filled`` into a blank."""

    text: str
    filled: bool = False


Sentence = tuple[Part, ...]


def fill_in(wording: str, values: Mapping[str, str]) -> Sentence:
    """``wording`` with its {blanks} filled; a value is only ever a value, braces in it included."""
    parts = []
    for text, name, _, _ in Formatter().parse(wording):
        if text:
            parts.append(Part(text))
        if name:
            parts.append(Part(values[name], filled=True))
    return tuple(parts)


@dataclass(frozen=True)
class Letter:
    """A letter to sign: ``contact`` stands in brackets before the ``signatures``, ``note`` at the foot. The day is left to be
    written, in ``year``."""

    title: str
    edition: str
    paragraphs: Sequence[Sentence]
    contact: Sentence
    signatures: Sequence[str]
    note: str
    year: str

    def as_data(self) -> dict[str, Data]:
        """For ``print_form("printing/letter.typ", …)``."""
        return asdict(self)
