"""Slips of the pen and hostile texts: a drug is never read as one that it is confused with."""

from __future__ import annotations

import itertools
import random
import string
import time
from collections.abc import Iterator

import pytest

from her2guide.chart.names import AgentNames, Reading
from her2guide.library.library import Library
from her2guide.library.names import names_of, words_of

LETTERS = string.ascii_lowercase
SEED = 20261123
CASES = 25_000
CONJUGATES = ("trastuzumab-emtansine", "trastuzumab-deruxtecan")


@pytest.fixture(scope="module")
def names(library: Library) -> AgentNames:
    return AgentNames(library)


def written(library: Library) -> dict[str, list[str]]:
    """Drug -> every form in which it is written, of six letters or more."""
    found: dict[str, list[str]] = {}
    for agent in library.agents.values():
        found.setdefault(agent.id, []).extend(name.replace("-", " ") for name in names_of(agent))
    for drug in library.names.drugs.values():
        found.setdefault(drug.id, []).extend([drug.id.replace("-", " "), *drug.names])
    return {drug: [name for name in forms if len("".join(words_of(name))) >= 6] for drug, forms in found.items()}


def confused_with(library: Library) -> dict[str, set[str]]:
    """Drug -> the drugs that it may never be read as."""
    pairs = [p for family in library.names.families.values() for p in itertools.permutations(family.members, 2)]
    return {one: {other for first, other in pairs if first == one} for one, _ in pairs}


def edited(name: str, times: int, chance: random.Random) -> str:
    """A letter more, less, other, or exchanged with the next; sometimes parted by a space, hyphen or stop."""
    for _ in range(times):
        at = chance.randrange(len(name))
        name = chance.choice(
            [
                name[:at] + chance.choice(LETTERS) + name[at:],
                name[:at] + name[at + 1 :],
                name[:at] + chance.choice(LETTERS) + name[at + 1 :],
                name[:at] + name[at : at + 2][::-1] + name[at + 2 :],
                name[:at] + chance.choice(" -.") + name[at:],
            ]
        )
    return chance.choice([name, name.upper(), name.title()])


def single_slips(name: str) -> Iterator[str]:
    """Every text that is one letter or space more, less, other, or exchanged with the next."""
    for at in range(len(name)):
        yield name[:at] + name[at + 1 :]
        yield name[:at] + name[at : at + 2][::-1] + name[at + 2 :]
        for letter in "adehimnotx 1":
            yield name[:at] + letter + name[at:]
            yield name[:at] + letter + name[at + 1 :]


def drugs(reading: Reading) -> set[str]:
    return {*reading.agents, *reading.substances}


def test_slips_never_turn_a_drug_into_one_that_it_is_confused_with(names: AgentNames, library: Library) -> None:
    chance = random.Random(SEED)  # noqa: S311 - not a secret
    forms, confused = written(library), confused_with(library)
    known = sorted(drug for drug in confused if forms.get(drug))
    for drug in CONJUGATES:  # two slips in a code of three letters leave nothing of it; single ones are all tried below
        forms[drug] = [name for name in forms[drug] if not name.lower().endswith(("dm1", "dxd"))]
    exact = {"".join(words_of(name)) for listed in forms.values() for name in listed}
    corrected = 0
    for _ in range(CASES):
        drug = chance.choice(known)
        text = edited(chance.choice(forms[drug]), chance.choice([1, 1, 2]), chance)
        if "".join(words_of(text)) in exact:  # no slip: it is what it says
            continue
        reading = names.read(text)
        assert not drugs(reading) & confused[drug], f"{text!r}, a slip of {drug}, is read as {drugs(reading)}"
        corrected += reading.how == "respelled"
    assert corrected > CASES / 10  # else nothing was tried


def test_names_of_drugs_that_are_confused_lie_apart(library: Library) -> None:
    """So that one slip can never make one of them out of another."""
    from rapidfuzz.distance import OSA

    forms, confused = written(library), confused_with(library)
    for drug, others in confused.items():
        for other in others:
            for one, two in itertools.product(forms[drug], forms[other]):
                assert OSA.distance("".join(words_of(one)), "".join(words_of(two))) > 1, (one, two)


@pytest.mark.parametrize("conjugate", CONJUGATES)
def test_no_single_slip_in_any_name_of_a_conjugate_gives_another_drug(
    names: AgentNames, library: Library, conjugate: str
) -> None:
    tried = 0
    for name in written(library)[conjugate]:
        for text in single_slips(name):
            assert drugs(names.read(text)) <= {conjugate}, text
            tried += 1
    assert tried > 5_000


@pytest.mark.parametrize("conjugate", CONJUGATES)
def test_a_conjugate_with_a_damaged_ending_is_never_the_antibody(names: AgentNames, conjugate: str) -> None:
    """Cut short at any letter, and with up to six slips in the second word, however it is joined."""
    chance = random.Random(SEED)  # noqa: S311 - not a secret
    antibody, ending = conjugate.split("-")
    endings = [ending[:cut] for cut in range(1, len(ending))] + [edited(ending, n % 6 + 1, chance) for n in range(500)]
    for damaged in endings:
        for joint in (" ", "-", ", ", " (", "/", " + ", "; "):
            for first in (antibody, "Herceptin"):
                found = drugs(names.read(f"{first}{joint}{damaged}"))
                assert found <= {conjugate}, f"{first}{joint}{damaged}: {found}"


@pytest.mark.parametrize("form", ["liposomal doxorubicin", "doxorubicin liposomal", "nab-paclitaxel", "paclitaxel nab"])
def test_another_form_of_a_drug_is_never_the_plain_drug(names: AgentNames, form: str) -> None:
    chance = random.Random(SEED)  # noqa: S311 - not a secret
    for count in range(2000):
        words = form.replace("-", " ").split()
        at = next(i for i, word in enumerate(words) if word in ("liposomal", "nab"))
        words[at] = edited(words[at], 1 if words[at] == "nab" else count % 3 + 1, chance)
        if words[at].strip(" -.").isalpha():
            assert not drugs(names.read(" ".join(words))) & {"doxorubicin", "paclitaxel"}, words


def test_hostile_texts_end_quickly_in_a_reason(names: AgentNames) -> None:
    chance = random.Random(SEED)  # noqa: S311 - not a secret
    texts = ["", " ", "\x00", "\n" * 500, "(" * 500, "a " * 250, "T " * 250, "AC " * 166, "x" * 10_240, "é" * 10_240]
    texts += [
        "🙂",
        "\u202enibatapal",
        "таксол",
        "Taxol" * 100,
        "trastuzumab " * 41,
        "; DROP TABLE",
        "../../etc/passwd",
        "%s{}",
    ]
    texts += ["".join(chr(chance.randrange(1, 0x3000)) for _ in range(chance.randrange(400))) for _ in range(300)]
    started = time.perf_counter()
    for text in texts:
        reading = names.read(text)
        assert (reading.how is None) == (not drugs(reading))
        assert reading.how or reading.why
    assert time.perf_counter() - started < 20
