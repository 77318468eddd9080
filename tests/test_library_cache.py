"""The cache of a read library: it may be missing, damaged or forbidden, and is never stale."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from her2guide.errors import KnowledgeError
from her2guide.library import build, cache
from her2guide.library.library import Library
from her2guide.library.read import digest_of, knowledge_folder, read_files, read_library

Read = Callable[[], Library]


@pytest.fixture
def knowledge(tmp_path: Path) -> Path:
    """A small knowledge folder of our own."""
    folder = tmp_path / "knowledge"
    shutil.copytree(knowledge_folder() / "words", folder / "words")
    (folder / "facts").mkdir()
    fact = "- {id: own, title: own, topic: stage, kind: yes_no, values: {yes: it is so, no: it is not so}}\n"
    (folder / "facts/own.yaml").write_text(fact, encoding="utf-8")
    return folder


@pytest.fixture
def read(knowledge: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Read:
    """Reads that folder as a new process would, with a cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return lambda: read_library.__wrapped__(knowledge)


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The digests of the libraries that were built and not taken from the cache."""
    digests: list[str] = []
    real = build.build_library

    def counted(files: dict[str, str], digest: str) -> Library:
        digests.append(digest)
        return real(files, digest)

    monkeypatch.setattr(build, "build_library", counted)
    return digests


def test_the_second_start_reads_the_cache_and_finds_the_same(read: Read, built: list[str]) -> None:
    assert read() == read()
    assert len(built) == 1


def test_the_whole_knowledge_comes_back_from_the_cache_as_it_was(read: Read, library: Library) -> None:
    cache.save("whole", library)
    assert cache.load("whole") == library


@pytest.mark.parametrize("damage", [b"", b"\x00", b"not msgpack at all", b"\x81\xa5facts\x80"])
def test_a_damaged_cache_is_built_anew(read: Read, built: list[str], damage: bytes) -> None:
    first = read()
    cache.place_of(first.digest).write_bytes(damage)
    assert read() == first
    assert read() == first
    assert len(built) == 2, "the damaged file was replaced"


def test_a_half_written_cache_is_built_anew(read: Read, built: list[str]) -> None:
    first = read()
    place = cache.place_of(first.digest)
    place.write_bytes(place.read_bytes()[:-10])
    assert read() == first
    assert len(built) == 2


def test_a_cache_folder_that_cannot_be_written_is_no_error(
    read: Read, built: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("a file where a folder should be")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert read() == read()
    assert len(built) == 2


def test_saving_leaves_no_other_file_behind(read: Read) -> None:
    place = cache.place_of(read().digest)
    assert list(place.parent.iterdir()) == [place]


def test_changed_content_has_another_digest_and_is_read(read: Read, built: list[str], knowledge: Path) -> None:
    first = read()
    place = knowledge / "facts/own.yaml"
    place.write_text(place.read_text(encoding="utf-8").replace("title: own", "title: new"), encoding="utf-8")
    second = read()
    assert (first.facts["own"].title, second.facts["own"].title) == ("own", "new")
    assert first.digest != second.digest and built == [first.digest, second.digest]


@pytest.mark.parametrize(
    "changed",
    [{"a.yaml": "1", "b.yaml": "3"}, {"a.yaml": "1"}, {"a.yaml": "1", "c.yaml": "2"}, {"a.yaml": "1b.yaml", "": "2"}],
)
def test_the_digest_tells_names_and_texts_apart(changed: dict[str, str]) -> None:
    files = {"a.yaml": "1", "b.yaml": "2"}
    assert digest_of(files) == digest_of(dict(files)) != digest_of(changed)


def test_changed_code_does_not_read_an_old_cache(read: Read, built: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    read()
    monkeypatch.setattr(cache, "code_stamp", lambda: "other")
    read()
    assert len(built) == 2


def test_knowledge_with_a_fault_is_never_kept(read: Read, knowledge: Path) -> None:
    (knowledge / "facts/own.yaml").write_text("- {id: own}\n", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(KnowledgeError, match=r"knowledge/facts/own.yaml:1: the key `title` is missing. Add it."):
            read()


def test_a_folder_that_is_not_there_and_a_file_that_is_not_text(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=r"there is no knowledge folder here"):
        read_library(tmp_path / "nowhere")
    (tmp_path / "facts.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(KnowledgeError, match=r"facts.yaml: byte 0 is not UTF-8 text"):
        read_files(tmp_path)
