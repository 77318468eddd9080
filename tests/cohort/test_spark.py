"""A cohort on a cluster: a Spark Connect server without a JVM, in a process of its own that ends with the tests.

Answers, counts and digest are those of one machine; whatever fails there ends here in a sentence.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from her2guide.cohort import spark
from her2guide.cohort.answers import GROUPS, Counts, counts_of
from her2guide.cohort.digest import rows_digest
from her2guide.cohort.recipe import read_recipe
from her2guide.cohort.run import asking
from her2guide.cohort.spark import cohort_on_spark
from her2guide.cohort.synth import cohort_batches, schema_of
from her2guide.errors import RequestError
from her2guide.library.library import Library
from tests.conftest import Finished

ROOT = Path(__file__).resolve().parent.parent.parent
ROWS = 600
Command = Callable[..., Finished]
# It ends when its input does: with the tests, however they end.
SERVER = """
import sys
from pysail.spark import SparkConnectServer
server = SparkConnectServer()
server.start()
print(server.listening_address[1], flush=True)
sys.stdin.read()
server.stop()
"""


def started() -> subprocess.Popen[str]:
    around = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True, env=around)  # fmt: skip


@pytest.fixture(scope="module")
def server(own_cache: None) -> Iterator[str]:
    """The address of a cluster of one."""
    with started() as process:
        assert process.stdin and process.stdout
        yield f"sc://127.0.0.1:{process.stdout.readline().strip()}"
        process.stdin.close()
        assert process.wait(timeout=60) == 0, "the server did not end with the tests"


@pytest.fixture(scope="module")
def table(library: Library) -> pa.Table:
    """Synthetic patients; text instead of codes, as any table has it that Spark wrote."""
    recipe = read_recipe(library)
    schema = schema_of(recipe, 5, library.digest)
    coded = pa.Table.from_batches(cohort_batches(recipe, ROWS, 5, schema), schema)
    return coded.cast(spark.as_text(coded.schema))


@pytest.fixture
def cases(table: pa.Table, tmp_path: Path) -> Path:
    """The table in three files."""
    return stored(table, tmp_path / "cases")


def stored(table: pa.Table, folder: Path) -> Path:
    folder.mkdir()
    for number in range(3):
        part = table.slice(number * ROWS // 3, ROWS // 3)
        pq.write_table(part, folder / f"{number}.parquet", row_group_size=100)
    return folder


def said(server: str, cases: object, out: object) -> str:
    """The problems of a run that fails."""
    with pytest.raises(RequestError) as fault:
        cohort_on_spark(server, str(cases), str(out), asking(as_of="2026-11-23", show=["decision"]))
    return str(fault.value)


@pytest.mark.parametrize("as_of", ["2026-11-23", "diagnosis_date"])
def test_the_cluster_answers_as_one_machine_does(
    server: str, cases: Path, table: pa.Table, tmp_path: Path, as_of: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = spark.run_on_spark  # so little data would be one partition
    monkeypatch.setattr(spark, "run_on_spark", lambda frame, answering: run(frame.repartition(3), answering))
    answering = asking(as_of=as_of, show=GROUPS, keep=["site", "recorded_on"])
    here = answering(table.combine_chunks().to_batches()[0])
    tally = cohort_on_spark(server, str(cases), str(tmp_path / "out"), answering)
    assert tally.counts == counts_of(here)
    assert tally.digest == rows_digest(here)
    files = sorted((tmp_path / "out").glob("*.parquet"))
    assert len(files) > 1, "one partition shows nothing"
    there = pa.concat_tables(pq.read_table(file).cast(here.schema) for file in files)
    order = [("patient", "ascending")]
    assert there.sort_by(order).to_pylist() == pa.table(here).sort_by(order).to_pylist()
    mark = next((tmp_path / "out" / spark.WHOLE).glob("*.txt")).read_text(encoding="utf-8")
    assert str(tally.digest) in mark


def test_nobody(server: str, table: pa.Table, tmp_path: Path) -> None:
    cases = stored(table.slice(0, 0), tmp_path / "cases")
    tally = cohort_on_spark(server, str(cases), str(tmp_path / "out"), asking(as_of="2026-11-23"))
    assert tally.counts == Counts()


def test_a_partition_that_fails_ends_in_its_sentence(server: str, table: pa.Table, tmp_path: Path) -> None:
    ages = table["age"].to_pylist()
    ages[ROWS - 3] = 400
    place = table.schema.names.index("age")
    cases = stored(table.set_column(place, "age", pa.array(ages, pa.int32())), tmp_path / "cases")
    problem = said(server, cases, tmp_path / "out")
    assert problem.startswith("column age, row ")
    assert " of its partition: " in problem
    assert "400" in problem
    assert not (tmp_path / "out" / spark.WHOLE).exists(), "a part of the answers is no whole"


def test_columns_are_checked_before_anything_runs(server: str, table: pa.Table, tmp_path: Path) -> None:
    cases = stored(table.rename_columns({"age": "agee"}), tmp_path / "cases")
    assert "column agee: is no fact. Did you mean age?" in said(server, cases, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_rows_that_are_lost_are_told(server: str, cases: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = spark.run_on_spark
    monkeypatch.setattr(spark, "run_on_spark", lambda frame, answering: run(frame.limit(7), answering))
    assert "holds 7 rows of answers for 600 patients" in said(server, cases, tmp_path / "out")
    assert not (tmp_path / "out" / spark.WHOLE).exists()


def test_no_table_a_damaged_one_and_answers_that_are_there(server: str, cases: Path, tmp_path: Path) -> None:
    assert "there is no table here" in said(server, tmp_path / "nowhere", tmp_path / "out")
    damaged = tmp_path / "damaged.parquet"
    damaged.write_bytes((cases / "0.parquet").read_bytes()[:-9])
    assert "the cluster says: " in said(server, damaged, tmp_path / "out")
    (tmp_path / "out").mkdir(exist_ok=True)
    (tmp_path / "out" / "kept.parquet").write_bytes(b"kept")
    assert "already exists" in said(server, cases, tmp_path / "out")
    assert (tmp_path / "out" / "kept.parquet").read_bytes() == b"kept"


def test_a_server_that_dies(cases: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spark, "RETRIES", 1)
    with started() as process:
        assert process.stdout
        remote = f"sc://127.0.0.1:{process.stdout.readline().strip()}"
        run = spark.run_on_spark
        monkeypatch.setattr(spark, "run_on_spark", lambda *words: (process.kill(), process.wait(), run(*words))[2])
        assert "the cluster says: " in said(remote, cases, tmp_path / "out")


@pytest.mark.parametrize(
    ("remote", "expected"),
    [
        ("sc://127.0.0.1:1/;token=secret", "no Spark Connect server answered"),
        ("http://127.0.0.1", "is no address"),
        ("sc://host:port", "is no address"),
        ("sc://host/path/;token=secret", "is no address"),
    ],
)
def test_addresses(remote: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spark, "WAIT", 1)
    problem = said(remote, "cases", tmp_path / "out")
    assert expected in problem
    assert "secret" not in problem


def test_without_pyspark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.errors", None)
    assert "needs pyspark-client" in said("sc://127.0.0.1", "cases", tmp_path / "out")


def test_the_command(server: str, cases: Path, table: pa.Table, tmp_path: Path, her2guide: Command) -> None:
    words = ["cohort", cases, "--as-of", "2026-11-23", "--show", "decision", "--json"]
    there = her2guide(*words, "--engine", "spark", "--remote", server, "-o", tmp_path / "out")
    assert there.code == 0, there.err
    pq.write_table(table, tmp_path / "one.parquet")
    here = her2guide("cohort", tmp_path / "one.parquet", *words[2:], "--rows-digest", "-o", tmp_path / "here")
    same = ("patients", "decisions", "edition", "region", "as_of", "knowledge", "rows_digest")
    said = [json.loads(run.text) for run in (there, here)]
    assert [said[0][name] for name in same] == [said[1][name] for name in same]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--engine", "spark"], ["--remote: is missing", "-o: is missing"]),
        (
            ["--engine", "spark", "--processes", "2", "--form", "arrow"],
            ["--processes: does not go", "--form: does not"],
        ),
        (["--remote", "sc://host"], ["--remote: goes with --engine spark"]),
    ],
)
def test_what_the_command_refuses(words: list[str], expected: list[str], her2guide: Command) -> None:
    ended = her2guide("cohort", "s3a://bucket/cases", *words)
    assert ended.code == 2
    assert all(part in ended.err for part in expected), ended.err


def test_small_batches_are_answered_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spark, "AT_ONCE", 10)
    small = [pa.record_batch({"row": list(range(start, start + 4))}) for start in range(0, 28, 4)]
    joined = list(spark.together(iter(small)))
    assert [batch.num_rows for batch in joined] == [12, 12, 4]
    assert [row for batch in joined for row in batch.column(0).to_pylist()] == list(range(28))
    assert list(spark.together(iter([]))) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[PATH_NOT_FOUND] No such path.\n\nJVM stacktrace:\nat org.Error: x", "[PATH_NOT_FOUND] No such path."),
        ("\n Thrown:\n Traceback\n  File\nImportError: No module\n SQLSTATE: 3", "ImportError: No module"),
        ("", "nothing."),
    ],
)
def test_what_the_cluster_says(text: str, expected: str) -> None:
    assert spark.sentence(text) == expected
