"""Several threads of one process, as a cluster or a server has them, get what one gets."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pytest

from her2guide.cohort.planes import fresh_planes
from her2guide.cohort.recipe import read_recipe
from her2guide.cohort.run import asking
from her2guide.cohort.synth import cohort_batches, schema_of
from her2guide.library.library import Library

THREADS = 4


@pytest.fixture
def restless() -> Iterator[None]:
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("restless")
def test_threads_do_not_write_into_each_other(library: Library) -> None:
    recipe = read_recipe(library)
    schema = schema_of(recipe, 3, "k")
    batches = [next(cohort_batches(recipe, 3000, seed, schema)) for seed in range(2 * THREADS)]
    answering = asking(as_of="2026-11-23", show=["applies", "standing"])
    alone = [answering(batch) for batch in batches]

    def several(batch: pa.RecordBatch) -> list[pa.RecordBatch]:
        return [answering(batch) for _ in range(5)]

    with ThreadPoolExecutor(THREADS) as pool:
        for found, expected in zip(pool.map(several, batches), alone, strict=True):
            assert all(answers.equals(expected) for answers in found)


def test_a_thread_has_memory_of_its_own() -> None:
    """Not even what another has given back: it could be taken twice."""
    here = id(next(fresh_planes(8)).base)
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(lambda: id(next(fresh_planes(8)).base)).result() != here
    assert id(next(fresh_planes(8)).base) == here


@pytest.mark.usefixtures("own_cache")
def test_threads_may_all_be_the_first_to_read_the_knowledge() -> None:
    """In processes of their own: only the first reading of a process could end it."""
    code = (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "from her2guide.library.read import read_library\n"
        f"read = ThreadPoolExecutor({THREADS}).map(lambda _: read_library(), range({THREADS}))\n"
        "print(len({library.digest for library in read}))\n"
    )
    for _ in range(5):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (0, "1\n"), done.stderr
