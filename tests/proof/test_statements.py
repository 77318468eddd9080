"""The statements that the rules are held against: enough of them, and faults told with their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from her2guide.errors import KnowledgeError
from her2guide.library.library import Library
from her2guide.library.read import knowledge_folder
from her2guide.proof.statements import read_statements

INVARIANTS = 40


def test_there_are_invariants_enough_and_each_says_why(library: Library) -> None:
    statements = read_statements(library)
    assert len(statements.invariants) >= INVARIANTS
    assert all(item.says and item.because for item in statements.invariants.values())


# a line of a file, what it becomes, what is said
FAULTS = [
    ("classes.yaml", "drugs: [tucatinib]", "drugs: [tucatinb]", "there is no `tucatinb`. Did you mean tucatinib?"),
    ("classes.yaml", "- {id: tamoxifen, drugs: [tamoxifen]}\n- {id: endocrine, drugs: [tamoxifen, ",
     "- {id: tamoxifen, drugs: [letrozole]}\n- {id: endocrine, drugs: [", "`tamoxifen` is in no class."),
    ("her2.yaml", "never: [pregnant]", "never: [pregnnt]", "no fact `pregnnt`"),
    ("her2.yaml", "never: [pregnant]", "{}", "is not valid YAML"),
    ("her2.yaml", "  never: [pregnant]\n", "", "must say one of never, only, known, apart_from."),
    ("her2.yaml", "source: us-label-enhertu", "source: us-label-enhrtu", "there is no `us-label-enhrtu`."),
    ("other-drugs.yaml", "id: no-cdk46-early", "id: no-bone-drug-in-pregnancy", "stands twice"),
    ("scopes.yaml", "since: 2020-01-01", "since: soon", "Invalid RFC3339"),
    ("scopes.yaml", "[early-neoadjuvant, early-breast-surgery]", "[early-surgeryy]", "there is no `early-surgeryy`."),
    ("known.yaml", "status: open", "status: fine", "Invalid enum value 'fine'"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "said"), FAULTS)
def test_a_fault_is_told(library: Library, tmp_path: Path, name: str, old: str, new: str, said: str) -> None:
    for path in (knowledge_folder() / "invariants").glob("*.yaml"):
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    text = (tmp_path / name).read_text(encoding="utf-8")
    assert old in text
    (tmp_path / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(KnowledgeError) as fault:
        read_statements(library, tmp_path)
    assert f"knowledge/invariants/{name}" in str(fault.value)
    assert said in str(fault.value)
