"""A treatment as somebody typed it -> the pieces that it consists of, each with what it is.

In: a text and the lexicon. Out: drugs, shorthands, words with a role, signs, and what nobody knows.
It does not know what the pieces mean together: `names` decides that.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from ..library.names import tokens_of
from .lexicon import Lexicon

LONGEST_NAME = 12  # words and signs
PASSED = ("sign", "adds nothing", "joins")


class Piece(Struct, frozen=True):
    """A stretch of a text. `kind`: drug, shorthand, sign, a role of words, or unknown.

    `means`: the id of the drug, shorthand or list of words.
    """

    kind: str
    said: str
    start: int
    end: int
    means: str = ""


def pieces_of(text: str, lexicon: Lexicon) -> tuple[list[Piece], bool]:
    """The pieces in order, and whether the spelling of a word was corrected."""
    said = tokens_of(text)
    pieces = list(cut(said, said, lexicon))
    tokens = list(said)
    for piece in pieces:
        better = lexicon.respelled(piece.said) if piece.kind == "unknown" else None
        if better:
            tokens[piece.start] = better
    if tuple(tokens) != said:
        pieces = list(cut(tuple(tokens), said, lexicon))
    return shortened(pieces, lexicon), tuple(tokens) != said


def cut(tokens: tuple[str, ...], said: tuple[str, ...], lexicon: Lexicon) -> Iterator[Piece]:
    """The longest name that begins at each place, else the longest phrase with a role, else a word by itself."""
    at, before = 0, ""
    while at < len(tokens):
        kind, means, end = (
            salt_at(tokens, at, before, lexicon)
            or drug_at(tokens, at, lexicon)
            or role_at(tokens, at, lexicon)
            or ("unknown" if tokens[at].isalnum() else "sign", "", at + 1)
        )
        yield Piece(kind, " ".join(said[at:end]), at, end, means)
        at, before = end, kind


def salt_at(tokens: tuple[str, ...], at: int, before: str, lexicon: Lexicon) -> tuple[str, str, int] | None:
    """A word right after a drug that says nothing about it, although it can be a drug elsewhere."""
    words = lexicon.roles.get(tokens[at : at + 1]) if before == "drug" else None
    return (words.role, words.id, at + 1) if words and words.role == "adds nothing" else None


def drug_at(tokens: tuple[str, ...], at: int, lexicon: Lexicon) -> tuple[str, str, int] | None:
    """The longest name, whatever signs its words are parted by."""
    found, name = None, ""
    for end in range(at, min(len(tokens), at + LONGEST_NAME) if tokens[at].isalnum() else at):
        name += tokens[end] if tokens[end].isalnum() else ""
        if tokens[end].isalnum() and name in lexicon.drugs:
            found = ("drug", lexicon.drugs[name], end + 1)
    return found


def role_at(tokens: tuple[str, ...], at: int, lexicon: Lexicon) -> tuple[str, str, int] | None:
    for end in range(min(len(tokens), at + lexicon.longest), at, -1):
        words = lexicon.role(tokens[at:end])
        if words:
            return words.role, words.id, end
    return None


def shortened(pieces: list[Piece], lexicon: Lexicon) -> list[Piece]:
    """Unknown words that are together a shorthand, whatever stands between them of doses and signs."""
    found: list[Piece] = []
    at = 0
    while at < len(pieces):
        run = shorthand_at(pieces, at, lexicon)
        found.append(run or pieces[at])
        at = next((i for i, piece in enumerate(pieces) if run and piece.end == run.end), at) + 1
    return found


def shorthand_at(pieces: list[Piece], at: int, lexicon: Lexicon) -> Piece | None:
    """The longest shorthand that begins at a piece."""
    if pieces[at].kind != "unknown":
        return None
    found: Piece | None = None
    words: list[str] = []
    for piece in pieces[at:]:
        if piece.kind == "unknown" and len(words) < lexicon.longest:
            words.append(piece.said)
            item = lexicon.shorthands.get(tuple(words))
            if item:
                found = replace(pieces[at], kind="shorthand", said=" ".join(words), end=piece.end, means=item.id)
        elif piece.kind not in PASSED:
            break
    return found
