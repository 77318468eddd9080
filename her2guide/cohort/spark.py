"""A question to a cohort that lies on a cluster: Spark reads, schedules and writes, `Answering` answers.

In: the address of a Spark Connect server, Parquet that the cluster can read, an `Answering`. Out: a folder of Parquet
that the cluster wrote, with what was counted in it once it was read again.
It knows no facts, and nothing of partitions, retries or credentials: those are Spark's.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa
from msgspec import Struct
from msgspec.structs import replace

from ..errors import Her2guideError, Problem, RequestError
from .answers import Counts, counts_of
from .digest import RowsDigest, rows_digest
from .run import Answering

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

WAIT = 20  # seconds for a server to answer at all
AT_ONCE = 128 * 1024  # rows that are answered together; Spark hands over about ten thousand
PASSED = 8192  # rows that are handed back together
MOST = 20  # problems that are sent back: a message of Spark is short
RETRIES = 6  # about a minute for a server that went away; by itself Spark would try for ten
MARK = "her2guide problems: "
WHOLE = "_her2guide"  # Spark passes over names that begin so
HELP = "See docs/cluster.md."


class Tally(Struct, frozen=True):
    """What is counted in rows of answers, and their digest; `parts`: in how many partitions they were counted."""

    counts: Counts
    digest: RowsDigest
    parts: int = 1


class Stored(Struct, frozen=True):
    """The mark of answers that are whole: written last, when they were read again and counted."""

    rows: int
    digest: str
    answering: Answering


class Refused(Exception):
    """Problems that a worker found, on their way through Spark as one line of text."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        placed = [replace(found, where=f"{found.where} of its partition") for found in problems]
        super().__init__(MARK + msgspec.json.encode(placed[:MOST]).decode())


def cohort_on_spark(remote: str, cases: str, out: str, answering: Answering) -> Tally:
    """Answer for the patients of `cases`, Parquet that the cluster can read; the cluster writes the folder `out`.

    Raises `RequestError` with what the workers found, or with what the cluster says.
    """
    with cluster(remote) as spark:
        frame = spark.read.parquet(cases)
        if not frame.columns:
            raise RequestError([Problem(cases, "there is no table here.", "Name Parquet that the cluster can read.")])
        run_on_spark(frame, answering).write.parquet(out)
        tally = tallied(spark.read.parquet(out), answering.schema(arrow_schema(frame)))
        rows = frame.count()
        if tally.counts.patients != rows:
            what = f"holds {tally.counts.patients:,} rows of answers for {rows:,} patients."
            raise RequestError([Problem(out, what, "Remove it and run again; let nobody write to the cases.")])
        stored = msgspec.json.encode(Stored(rows, str(tally.digest), answering)).decode()
        spark.createDataFrame([(stored,)], "stored string").coalesce(1).write.text(f"{out}/{WHOLE}")
        return tally


def run_on_spark(frame: DataFrame, answering: Answering) -> DataFrame:
    """The frame of answers, one row a row; Spark runs it when it is asked for. Raises `RequestError` for its columns.

    Coded answers are text there: Spark knows no codes.
    """
    return mapped(frame, partial(answered, answering=answering), as_text(answering.schema(arrow_schema(frame))))


def tallied(answers: DataFrame, schema: pa.Schema) -> Tally:
    """Count answers where they lie; only the counts travel."""
    found = mapped(answers, partial(counted, schema=schema), pa.schema([("tally", pa.string())])).collect()
    counts, digest = Counts(), RowsDigest()
    for row in found:
        part = msgspec.json.decode(row[0], type=Tally)
        counts.add(part.counts)
        digest += part.digest
    return Tally(counts, digest, len(found))


Partition = Iterator[pa.RecordBatch]


def answered(batches: Partition, answering: Answering) -> Partition:
    """In a worker: the answers for one partition."""
    first = 0
    for batch in together(batches):
        try:
            answers = answering(batch, first)
        except Her2guideError as fault:
            raise Refused(fault.problems) from None
        first += batch.num_rows
        schema = as_text(answers.schema)
        for start in range(0, batch.num_rows, PASSED):
            yield answers.slice(start, PASSED).cast(schema)


def counted(batches: Partition, schema: pa.Schema) -> Partition:
    """In a worker: what is counted in one partition of answers, as one row."""
    counts, digest = Counts(), RowsDigest()
    for batch in batches:
        answers = batch.cast(schema)
        counts.add(counts_of(answers))
        digest += rows_digest(answers)
    yield pa.record_batch({"tally": [msgspec.json.encode(Tally(counts, digest)).decode()]})


def together(batches: Partition) -> Partition:
    """Small batches joined to some of `AT_ONCE` rows or a little more."""
    held: list[pa.RecordBatch] = []
    for batch in chain(batches, [None]):
        if held and (batch is None or sum(part.num_rows for part in held) >= AT_ONCE):
            yield pa.concat_batches(held)
            held = []
        if batch is not None:
            held.append(batch)


def as_text(schema: pa.Schema) -> pa.Schema:
    """The schema without codes."""
    kinds = [field.type.value_type if pa.types.is_dictionary(field.type) else field.type for field in schema]
    return pa.schema(list(zip(schema.names, kinds, strict=True)))


def arrow_schema(frame: DataFrame) -> pa.Schema:
    from pyspark.sql.pandas.types import to_arrow_schema

    return to_arrow_schema(frame.schema)


def mapped(frame: DataFrame, work: Callable[[Partition], Partition], schema: pa.Schema) -> DataFrame:
    """The work in every partition. On the way columns have numbers: Spark reads a dot in a name as a part of one."""
    from pyspark.sql.pandas.types import from_arrow_schema

    numbered = frame.toDF(*map(str, range(len(frame.columns))))
    return numbered.mapInArrow(partial(named, frame.columns, work), from_arrow_schema(schema))


def named(names: list[str], work: Callable[[Partition], Partition], batches: Partition) -> Partition:
    """In a worker: the work on batches with their names."""
    return work(batch.rename_columns(names) for batch in batches)


@contextmanager
def cluster(remote: str) -> Iterator[SparkSession]:
    """A session that ends with the block. Raises `RequestError` for whatever the cluster refuses in it."""
    place = remote.partition("/;")[0]  # what follows may hold a token
    try:
        from pyspark.errors import PySparkException
    except ImportError:
        problem = Problem("--engine spark", "needs pyspark-client.", "Install her2guide with its extra `spark`.")
        raise RequestError([problem]) from None
    try:
        with warnings.catch_warnings(category=UserWarning, action="ignore"):  # what they say is raised as well
            spark = session(remote, place)
            try:
                yield spark
            finally:
                spark.stop()
    except PySparkException as fault:
        raise RequestError(problems_of(fault, place)) from None


def session(remote: str, place: str) -> SparkSession:
    """A session, once the server has answered: Spark itself would try again for many minutes."""
    import grpc
    from pyspark.sql import SparkSession
    from pyspark.sql.connect.client import DefaultChannelBuilder
    from pyspark.sql.connect.client.retries import DefaultPolicy

    try:
        with DefaultChannelBuilder(remote).toChannel() as channel:
            grpc.channel_ready_future(channel).result(timeout=WAIT)
    except grpc.FutureTimeoutError:
        what = f"no Spark Connect server answered in {WAIT} seconds."
        raise RequestError([Problem(place, what, "Check the address, and that the server runs.")]) from None
    except ValueError:
        raise RequestError([Problem(place, "is no address.", "Write it as sc://host:port.")]) from None
    spark = SparkSession.builder.remote(remote).create()
    spark.client.set_retry_policies([DefaultPolicy(max_retries=RETRIES)])
    return spark


def problems_of(fault: Exception, place: str) -> list[Problem]:
    """What the workers found, or the sentence of Spark itself without its stack."""
    text = str(fault)
    if MARK in text:
        found, _ = json.JSONDecoder().raw_decode(text.rpartition(MARK)[2])
        return msgspec.convert(found, list[Problem])
    return [Problem(place, f"the cluster says: {sentence(text)}", HELP)]


def sentence(text: str) -> str:
    """The line that says what is wrong: the last of a Python stack, else the first."""
    lines = [line.strip() for line in text.partition("JVM stacktrace")[0].splitlines() if line.strip()]
    wrong = [line for line in lines if "Error: " in line or "Exception: " in line]
    return wrong[-1] if wrong else lines[0] if lines else "nothing."
