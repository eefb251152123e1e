# ruff: noqa: RUF001 - apostrophes as programs write them
"""Pairs of names from meetings, with what a person who knows everybody would say: the same person, or another one.

Written before the rule that suggests pairs, and never changed to fit it. All names are invented. ``seen``: where the two
names were seen: in meetings of one ``series`` (never in one meeting), ``together`` in one meeting, or ``apart`` in meetings
of different series. ``others``: further names of the same series. What the rule says of ``HELD_BACK`` was looked at once,
when it was finished.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Pair:
    """Two names, and whether they are one person."""

    same: bool
    seen: str
    one: str
    other: str
    others: tuple[str, ...] = ()


_WRITTEN: Final = """
same  | series   | Anna Meyer | A. Meyer | Tom Berg, Lena Fuchs
same  | series   | Anna Meyer | Anna | Tom Berg, Lena Fuchs
same  | series   | Anna Meyer | Meyer, Anna | Tom Berg
same  | apart    | Anna Meyer | Meyer, Anna |
same  | apart    | Jürgen Müller | Juergen Mueller |
same  | apart    | Jürgen Müller | Jurgen Muller |
other | apart    | Anna Meyer | Anna Schulz |
other | series   | Anna Meyer | Anna Schulz | Tom Berg
other | apart    | Anna | Anna Meyer |
other | together | Anna | Anna Meyer | Tom Berg
other | together | Jan Peters | Jan Petersen |
same  | series   | Tom Berg | tom.berg@acme.example | Anna Meyer
same  | apart    | Tom Berg | tom.berg@acme.example |
same  | series   | Tom Berg | tberg@acme.example | Anna Meyer
same  | series   | Tom Berg | berg.t@acme.example | Anna Meyer
same  | series   | Tom Berg | tom@acme.example | Anna Meyer
other | series   | Tom Berg | tanja.berg@acme.example | Anna Meyer
other | series   | Tom Berg | info@acme.example | Anna Meyer
other | together | Tom Berg | tberg@acme.example | Anna Meyer, Tina Berg
same  | apart    | Dr. Eva Lindqvist | Eva Lindqvist |
same  | apart    | Eva Lindqvist (ACME) | Eva Lindqvist |
same  | apart    | Eva Lindqvist (she/her) | Eva Lindqvist |
same  | apart    | Eva Lindqvist - Guest | Eva Lindqvist |
same  | series   | Mrs. Lindqvist | Eva Lindqvist | Tom Berg
other | apart    | Mrs. Lindqvist | Eva Lindqvist |
same  | apart    | Hans-Peter Kraus | Hans Peter Kraus |
same  | apart    | Hans-Peter Kraus | Hanspeter Kraus |
same  | series   | H.-P. Kraus | Hans-Peter Kraus | Tom Berg
same  | apart    | Priya Ramanathan | PRIYA RAMANATHAN |
same  | series   | Priya | Priya Ramanathan | Sven Olsen, Tom Berg
other | series   | Priya | Priya Ramanathan | Priya Nair, Tom Berg
same  | series   | Priya R | Priya Ramanathan | Priya Nair, Tom Berg
same  | series   | Priya R. | Priya Ramanathan | Tom Berg
other | series   | Priya N. | Priya Ramanathan | Priya Nair, Tom Berg
same  | apart    | John A. Smith | John Smith |
other | apart    | John A. Smith | John B. Smith |
same  | series   | John Andrew Smith | John Smith | Tom Berg
other | series   | John Smith | Joan Smith | Tom Berg
other | series   | John Smith | Johanna Smith | Tom Berg
same  | series   | Robert Klein | Bob Klein | Tom Berg
same  | series   | William Turner | Bill Turner | Tom Berg
same  | apart    | Katherine Jones | Kate Jones |
same  | series   | Elizabeth Warner | Liz | Tom Berg
same  | series   | Michael Brandt | Mike Brandt | Tom Berg
other | apart    | Michael Brandt | Michaela Brandt |
other | together | Michael Brandt | Mike Brandt | Tom Berg
same  | series   | Alexander Novak | Alex Novak | Tom Berg
same  | series   | Alexandra Novak | Alex | Tom Berg
other | series   | Alexander Novak | Alexandra Novak | Tom Berg
other | series   | Alex | Alexander Novak | Alexandra Novak, Tom Berg
same  | series   | Anna Meyer | Anna Meier | Tom Berg
other | apart    | Anna Meyer | Anna Meier |
other | together | Anna Meyer | Anna Meier | Tom Berg
same  | series   | Sebastian Kowalczyk | Sebastian Kowalczik | Tom Berg
same  | series   | Sebastian Kowalczyk | Sebastien Kowalczyk | Tom Berg
same  | series   | Kowalczyk | Sebastian Kowalczyk | Tom Berg
other | series   | Kowalczyk | Sebastian Kowalczyk | Maria Kowalczyk, Tom Berg
same  | series   | SK | Sebastian Kowalczyk | Tom Berg, Anna Meyer
other | series   | SK | Sebastian Kowalczyk | Sabine Krause, Anna Meyer
other | apart    | SK | Sebastian Kowalczyk |
same  | series   | S. Kowalczyk | Sebastian Kowalczyk | Tom Berg
other | series   | S. Kowalczyk | Maria Kowalczyk | Tom Berg
other | series   | S. Kowalczyk | Sebastian Kowalczyk | Stefan Kowalczyk, Tom Berg
same  | apart    | S. Kowalczyk | Sebastian Kowalczyk |
other | apart    | A. Smith | Andrew Smith |
same  | apart    | Łukasz Dąbrowski | Lukasz Dabrowski |
same  | apart    | Søren Kjær | Soren Kjaer |
same  | apart    | François Lefèvre | Francois Lefevre |
same  | apart    | Thomas Groß | Thomas Gross |
same  | apart    | Björn Åkesson | Bjoern Aakesson |
same  | apart    | Nguyễn Văn An | Nguyen Van An |
same  | apart    | Van An Nguyễn | Nguyễn Văn An |
other | apart    | Nguyễn Văn An | Nguyễn Văn Anh |
same  | apart    | María José García López | Maria Jose Garcia Lopez |
same  | series   | María José García López | María José García | Tom Berg
same  | series   | María García | María García López | Tom Berg
other | series   | María García | Mario García | Tom Berg
same  | apart    | Siobhán O'Brien | Siobhan OBrien |
same  | apart    | Siobhán O'Brien | Siobhan O’Brien |
same  | apart    | Anna van der Berg | Anna Van Der Berg |
same  | apart    | Anna van der Berg | Anna v. d. Berg |
other | series   | Anna van der Berg | Anna Berg | Tom Fischer
same  | series   | Anna Berg-Schulz | Anna Schulz | Tom Fischer
other | apart    | Anna Berg-Schulz | Anna Schulz |
same  | series   | Иван Петров | Петров Иван | Tom Berg
other | series   | Иван Петров | Ирина Петрова | Tom Berg
same  | apart    | Иван Петров | Ivan Petrov |
same  | apart    | 田中 太郎 | 田中太郎 |
other | apart    | 田中 太郎 | 田中 花子 |
same  | series   | 田中 | 田中 太郎 | Tom Berg
same  | series   | tom_berg | Tom Berg | Anna Meyer
same  | series   | TomBerg | Tom Berg | Anna Meyer
same  | series   | Tom B | Tom Berg | Anna Meyer
same  | series   | T. B. | Tom Berg | Anna Meyer
same  | series   | Tom's iPhone | Tom Berg | Anna Meyer
other | series   | Tom's iPhone | Tom Berg | Tom Fischer, Anna Meyer
other | series   | iPhone | Tom Berg | Anna Meyer
other | series   | Conference Room | Tom Berg | Anna Meyer
other | together | Lea Wolf | Lea Wolff | Tom Berg
same  | series   | Lea Wolf | Lea Wolff | Tom Berg
other | apart    | Lea Wolf | Lena Wolf |
other | series   | Lea Wolf | Lena Wolf | Tom Berg
other | series   | Marc Weber | Marie Weber | Tom Berg
other | series   | Marc Weber | Marc Wagner | Tom Berg
same  | series   | Marc Weber | Mark Weber | Tom Berg
other | apart    | Marc Weber | Mark Weber |
same  | series   | Stefan Huber | Stephan Huber | Tom Berg
other | together | Stefan Huber | Stephan Huber | Tom Berg
other | series   | Peter Lang | Lang Peters | Tom Berg
same  | series   | peter.lang@acme.example | Peter Lang | Tom Berg
same  | apart    | Peter Lang | p.lang@acme.example |
other | apart    | Peter Lang | peter@other.example |
same  | apart    | peter.lang@acme.example | Lang, Peter |
same  | apart    | peter.lang@acme.example | peter.lang@gmail.example |
other | apart    | peter@acme.example | peter@other.example |
other | series   | sales@acme.example | Sally Young | Tom Berg
same  | series   | Sally Young-Cho | Sally Cho | Tom Berg
same  | series   | Ms Cho | Sally Cho | Tom Berg
other | series   | Mr Cho | Ms Cho | Tom Berg
same  | series   | Prof. Dr. Karin Vogt | K. Vogt | Tom Berg
other | series   | K. Vogt | Karl Vogt | Karin Vogt, Tom Berg
same  | series   | Vogt | Karin Vogt | Tom Berg
same  | apart    | Karin  Vogt | karin vogt |
other | apart    | Tom Berg | Anna Meyer |
other | series   | Tom Berg | Tim Berg | Anna Meyer
other | series   | Jon Lee | Joe Lee | Anna Meyer
other | apart    | Wei Li | Li Wei |
same  | series   | Wei Li | Li Wei | Anna Meyer
other | together | Wei Li | Li Wei | Anna Meyer
same  | series   | Christopher Ray | Chris | Anna Meyer
other | series   | Chris | Christopher Ray | Christine Dole, Anna Meyer
same  | series   | Daniel Ortiz | Dan Ortiz | Anna Meyer
same  | series   | Daniel Ortiz | Danny | Anna Meyer
other | series   | Daniel Ortiz | Daniela Ortiz | Anna Meyer
"""
HELD_BACK_EVERY: Final = 3


def _read(line: str) -> Pair:
    same, seen, one, other, others = (part.strip() for part in line.split("|"))
    return Pair(same == "same", seen, one, other, tuple(name.strip() for name in others.split(",") if name.strip()))


ALL: Final = tuple(_read(line) for line in _WRITTEN.strip().splitlines())
HELD_BACK: Final = ALL[HELD_BACK_EVERY - 1 :: HELD_BACK_EVERY]
LOOKED_AT: Final = tuple(pair for pair in ALL if pair not in HELD_BACK)
