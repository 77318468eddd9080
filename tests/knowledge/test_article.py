"""The article edition: nothing of the article is lost, nothing of it is copied, every claim is audited."""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from pathlib import Path

import pytest

from her2guide.documents import read_text, read_yaml
from her2guide.guide.lint import lint_library
from her2guide.library.library import Edition, Library
from tests.conftest import ROOT

RUN = 8  # words in a row that would be a quotation


@pytest.fixture(scope="module")
def article() -> str:
    named = os.environ.get("HER2GUIDE_ARTICLE")
    if not named or not Path(named).is_file():
        pytest.skip("HER2GUIDE_ARTICLE names no file: the article itself is not ours to ship")
    return Path(named).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def edition(library: Library) -> Edition:
    return library.editions["article"]


def targets(edition: Edition) -> Counter[str]:
    """`kind:id` of everything that a statement became."""
    return Counter(t for paragraph in edition.paragraphs for said in paragraph.statements for t in said.became)


def test_the_knowledge_is_in_order(library: Library) -> None:
    assert lint_library(library) == []


def test_every_statement_became_something_that_exists(library: Library, edition: Edition) -> None:
    exists = {f"recommendation:{item.id}" for item in edition.recommendations}
    for kind in ("fact", "agent", "regimen", "source", "claim"):
        exists |= {f"{kind}:{name}" for name in getattr(library, f"{kind}s")}
    exists |= {f"evidence:{name}" for name in library.evidence}
    exists |= {f"words:{topic}" for topic in library.words["en"]}
    assert set(targets(edition)) - exists == set()
    assert [said.says for p in edition.paragraphs for said in p.statements if not said.became] == []


def test_a_paragraph_has_statements_or_a_reason(edition: Edition) -> None:
    assert len(edition.paragraphs) > 30
    for paragraph in edition.paragraphs:
        assert bool(paragraph.statements) != bool(paragraph.passed_over), (paragraph.section, paragraph.paragraph)
        assert paragraph.digest


def test_every_recommendation_and_claim_is_reached_from_a_paragraph(library: Library, edition: Edition) -> None:
    reached = set(targets(edition))
    assert {item.id for item in edition.recommendations if f"recommendation:{item.id}" not in reached} == set()
    assert {claim for claim in library.claims if f"claim:{claim}" not in reached} == set()


def test_what_says_where_it_was_said_is_reached_from_there(library: Library, edition: Edition) -> None:
    """`said` of a recommendation or claim and `became` of the paragraph tell the same."""
    became = {
        (paragraph.section, paragraph.paragraph, target)
        for paragraph in edition.paragraphs
        for said in paragraph.statements
        for target in said.became
    }
    cited = [(f"recommendation:{item.id}", item.said) for item in edition.recommendations]
    cited += [(f"claim:{claim.id}", claim.said) for claim in library.claims.values()]
    assert all(passages for _, passages in cited)
    astray = [
        (target, passage.section, passage.paragraph)
        for target, passages in cited
        for passage in passages
        if (passage.section, passage.paragraph, target) not in became
    ]
    assert astray == []


def test_every_claim_has_a_verdict_a_reason_and_sources(library: Library) -> None:
    assert len(library.claims) >= 80
    assert {claim.verdict for claim in library.claims.values()} == {
        "supported",
        "imprecise",
        "outdated",
        "contested",
        "wrong",
    }
    for claim in library.claims.values():
        assert claim.because.strip(), claim.id
        assert claim.sources or "no source" in claim.because, claim.id
        assert str(claim.audited) == "2026-11-23", claim.id
        if claim.verdict != "supported":
            assert claim.now, claim.id


def test_the_edition_names_every_source_of_the_article(library: Library, edition: Edition) -> None:
    assert len(edition.head.sources) >= 25
    assert len(set(edition.head.sources)) == len(edition.head.sources)
    assert set(edition.head.sources) <= set(library.sources)


def digests(text: str) -> list[str]:
    lines = [re.sub(r"\s+", " ", line).strip() for line in text.splitlines()]
    return [hashlib.sha256(line.encode()).hexdigest()[:12] for line in lines if line]


def test_every_paragraph_is_accounted_for(article: str, edition: Edition) -> None:
    kept = [digest for paragraph in edition.paragraphs for digest in paragraph.digest]
    assert len(kept) == len(set(kept))
    assert set(digests(article)) - set(kept) == set()
    assert set(kept) - set(digests(article)) == set()


def test_a_changed_word_changes_the_digest(article: str, edition: Edition) -> None:
    changed = article.replace("cancer", "cancers", 1)
    kept = {digest for paragraph in edition.paragraphs for digest in paragraph.digest}
    assert set(digests(changed)) - kept


def runs(text: str) -> set[str]:
    """Every run of consecutive words."""
    words = re.findall(r"[a-z0-9]+", text.lower())
    return {" ".join(words[start : start + RUN]) for start in range(len(words) - RUN + 1)}


def own_words(place: Path) -> str:
    """The prose of a file: of a bibliographic record only its notes, since titles are names."""
    text = read_text(place)
    if "sources" not in place.parts:
        return text
    return "\n".join(
        str(row.get(key, "")) for row in read_yaml(text, place.name).data for key in ("note", "unverified")
    )


def test_no_sentence_of_the_article_was_copied(article: str) -> None:
    known = runs(article)
    files = sorted((ROOT / "knowledge").rglob("*.yaml"))
    assert len(files) > 20
    copied = {str(place.relative_to(ROOT)): sorted(runs(own_words(place)) & known) for place in files}
    assert {name: found for name, found in copied.items() if found} == {}


def test_a_copied_sentence_would_be_found(article: str) -> None:
    words = re.findall(r"\w+", article)[200:215]
    assert runs(f"some text; {' '.join(words)}") & runs(article)
