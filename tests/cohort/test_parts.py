"""Nothing is lost: parts are whole, the same however they came to be, and a run that was ended goes on."""

from __future__ import annotations

import os
import re
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pyarrow as pa
import pytest
from pyarrow import parquet

from her2guide.cohort.call import Written, write_answers
from her2guide.cohort.parts import MANIFEST, Part
from her2guide.cohort.recipe import read_recipe
from her2guide.cohort.run import asking
from her2guide.cohort.sources import Source, source_at
from her2guide.cohort.synth import cohort_batches, schema_of
from her2guide.errors import RequestError
from her2guide.library.library import Library

DAY = "2026-11-23"
SHOW = ("decision", "missing")
ROWS, SIZE = 3000, 512
PARTS = 6
QUESTION = ["--as-of", DAY, "--part-rows", str(SIZE), *(word for group in SHOW for word in ("--show", group))]


@pytest.fixture(scope="module")
def table(library: Library, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An Arrow file of a synthetic cohort, in batches that are no parts."""
    place = tmp_path_factory.mktemp("cohort") / "cohort.arrow"
    recipe = read_recipe(library)
    schema = schema_of(recipe, 7, library.digest)
    with pa.ipc.new_file(place, schema) as writer:
        for batch in cohort_batches(recipe, ROWS, 7, schema):
            for start in range(0, ROWS, 700):
                writer.write_batch(batch.slice(start, 700))
    return place


def run(table: Path | Source, out: Path, processes: int = 1, size: int = SIZE) -> Written:
    source = table if isinstance(table, Source) else source_at(table)
    return write_answers(source, asking(as_of=DAY, show=SHOW), out, size=size, processes=processes)


@pytest.fixture(scope="module")
def whole(table: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The answers of a run that nothing disturbed."""
    out = tmp_path_factory.mktemp("whole") / "out"
    assert run(table, out).parts == PARTS
    return out


def files_in(folder: Path) -> dict[str, bytes]:
    return {place.name: place.read_bytes() for place in folder.iterdir() if place.name != MANIFEST}


def noted_in(folder: Path) -> list[Part]:
    return [msgspec.json.decode(line, type=Part) for line in (folder / MANIFEST).read_bytes().splitlines()[1:]]


def test_parts_are_all_rows_in_order(table: Path, whole: Path) -> None:
    patients = [row for place in sorted(whole.glob("*.parquet")) for row in parquet.read_table(place)["patient"]]
    assert patients == list(pa.ipc.open_file(pa.memory_map(str(table))).read_all()["patient"])
    parts = noted_in(whole)
    assert [part.first for part in parts] == list(range(0, ROWS, SIZE))
    assert sum(part.counts.patients for part in parts) == ROWS


@pytest.mark.parametrize("processes", [2, 3])
def test_the_same_bytes_with_any_number_of_processes(table: Path, whole: Path, tmp_path: Path, processes: int) -> None:
    done = run(table, tmp_path / "out", processes)
    assert files_in(tmp_path / "out") == files_in(whole)
    assert noted_in(tmp_path / "out") == noted_in(whole)
    assert done == run(table, whole)


def test_rows_are_sent_to_processes_where_a_file_has_no_pieces(table: Path, whole: Path, tmp_path: Path) -> None:
    place = tmp_path / "stream.arrow"
    found = pa.ipc.open_file(pa.memory_map(str(table))).read_all()
    with pa.ipc.new_stream(place, found.schema) as writer:
        writer.write_table(found, max_chunksize=2000)
    run(place, tmp_path / "out", 2)
    assert files_in(tmp_path / "out") == files_in(whole)


def killed_after(parts: int, table: Path, out: Path, processes: int) -> int:
    """Start the command, and kill it without warning as soon as some parts are there; the group of its processes."""
    words = ["cohort", str(table), "-o", str(out), *QUESTION, "--processes", str(processes)]
    with subprocess.Popen(
        [sys.executable, "-m", "her2guide", *words],
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    ) as command:
        while len(list(out.glob("part-*"))) < parts and command.poll() is None:
            time.sleep(0.002)
        command.send_signal(signal.SIGKILL)
    assert command.returncode == -signal.SIGKILL
    return command.pid


@pytest.mark.parametrize(("parts", "processes"), [(1, 1), (3, 1), (2, 2)])
def test_a_killed_run_goes_on(table: Path, whole: Path, tmp_path: Path, parts: int, processes: int) -> None:
    out = tmp_path / "out"
    killed_after(parts, table, out, processes)
    before = {place.name: place.stat().st_mtime_ns for place in out.glob("part-*")}
    assert len(before) < PARTS, "it was too late to kill it"
    done = run(table, out)
    assert files_in(out) == files_in(whole)
    assert noted_in(out) == noted_in(whole)
    assert done == run(table, whole)


def test_what_is_finished_is_not_done_again(table: Path, whole: Path) -> None:
    before = {place.name: place.stat().st_mtime_ns for place in whole.iterdir()}
    run(table, whole, 2)
    assert {place.name: place.stat().st_mtime_ns for place in whole.iterdir()} == before


@pytest.mark.parametrize("harm", ["flip", "cut", "remove", "line", "left"])
def test_what_is_damaged_is_done_again(table: Path, whole: Path, tmp_path: Path, harm: str) -> None:
    out = tmp_path / "out"
    run(table, out)
    part, manifest = out / "part-00002.parquet", out / MANIFEST
    data = part.read_bytes()
    if harm == "flip":
        part.write_bytes(bytes([*data[:100], data[100] ^ 1, *data[101:]]))
    elif harm == "cut":
        part.write_bytes(data[:-1])
    elif harm == "remove":
        part.unlink()
    elif harm == "line":  # a line that was being written
        manifest.write_bytes(manifest.read_bytes()[:-10])
    else:  # a part that was being written
        (out / ".part-00005.parquet.x1").write_bytes(data[:50])
    run(table, out)
    assert files_in(out) == files_in(whole)


def test_another_run_is_not_mixed_in(table: Path, whole: Path, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"parts of another run \(rows_a_part differ"):
        run(table, whole, size=1024)
    with pytest.raises(RequestError, match=r"parts of another run \(answering differ"):
        write_answers(source_at(table), asking(as_of="2020-01-01"), whole, size=SIZE)
    other = msgspec.structs.replace(source_at(table), stamp=(1, 2))
    with pytest.raises(RequestError, match=r"parts of another run \(stamp differ"):
        run(other, whole)
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(RequestError, match="is not empty, and not of a run"):
        run(table, tmp_path)
    (tmp_path / MANIFEST).write_text("mine\n")
    with pytest.raises(RequestError, match="its manifest is damaged"):
        run(table, tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_two_runs_at_once_are_refused(table: Path, tmp_path: Path) -> None:
    def again(part: Part) -> None:
        with pytest.raises(RequestError, match="another run is writing here"):
            run(table, tmp_path / "out")
        told.append(part)

    told: list[Part] = []
    write_answers(source_at(table), asking(as_of=DAY, show=SHOW), tmp_path / "out", size=SIZE, told=again)
    assert len(told) == PARTS


@pytest.mark.parametrize("ending", [".parquet", ".arrow", ".csv"])
def test_one_file(table: Path, whole: Path, tmp_path: Path, ending: str) -> None:
    outs = [tmp_path / f"{name}{ending}" for name in ("one", "two")]
    for out, size in zip(outs, (SIZE, SIZE * 2), strict=True):
        run(table, out, size=size)
    assert sorted(tmp_path.iterdir()) == outs
    if ending == ".parquet":
        parts = pa.concat_tables(parquet.read_table(place) for place in sorted(whole.glob("*.parquet")))
        assert all(parquet.read_table(out).to_pylist() == parts.to_pylist() for out in outs)
    if ending == ".csv":
        assert outs[0].read_bytes() == outs[1].read_bytes()


def test_a_full_disk_keeps_what_is_finished(table: Path, whole: Path, tmp_path: Path) -> None:
    """No file may grow beyond a limit, which stands for a disk: small parts fit, large parts do not."""
    out = tmp_path / "out"
    sizes = [place.stat().st_size for place in whole.glob("*.parquet")]
    limit = sorted(sizes)[len(sizes) // 2]
    words = ["cohort", str(table), "-o", str(out), *QUESTION]

    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    done = subprocess.run(
        [sys.executable, "-m", "her2guide", *words],
        capture_output=True, text=True, check=False, preexec_fn=limited,
    )  # fmt: skip
    assert done.returncode == 2
    assert "cannot be written: File too large." in done.stderr
    assert "parts are finished and kept; the same command goes on from there" in done.stderr
    assert "Traceback" not in done.stderr
    kept = files_in(out)
    assert kept and kept.items() < files_in(whole).items()
    assert not list(out.glob(".part-*"))
    run(table, out)
    assert files_in(out) == files_in(whole)


def damaged(place: Path, data: bytes) -> Path:
    place.write_bytes(data)
    return place


@pytest.fixture(scope="module")
def as_parquet(table: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    place = tmp_path_factory.mktemp("as") / "cohort.parquet"
    parquet.write_table(
        pa.ipc.open_file(pa.memory_map(str(table))).read_all(), place, row_group_size=500, write_page_checksum=True
    )
    return place.read_bytes()


def test_damaged_parquet_ends_in_a_sentence_and_keeps_what_is_finished(as_parquet: bytes, tmp_path: Path) -> None:
    place = damaged(tmp_path / "cut.parquet", as_parquet[:-20])
    with pytest.raises(RequestError, match=r"cut\.parquet: cannot be read: "):
        run(place, tmp_path / "cut")
    middle = len(as_parquet) // 2
    place = damaged(tmp_path / "flip.parquet", as_parquet[:middle] + b"\0\0\0\0" + as_parquet[middle + 4 :])
    with pytest.raises(RequestError, match=r"flip\.parquet rows [0-9]+ to [0-9]+: cannot be read: "):
        run(place, tmp_path / "flip")
    assert len(noted_in(tmp_path / "flip")) > 0


def test_other_damage_ends_in_a_sentence(table: Path, tmp_path: Path) -> None:
    for name, data in [
        ("a.arrow", table.read_bytes()[:-100]),
        ("b.arrow", b"x"),
        ("c.duckdb", b"x"),
        ("d.parquet", b""),
    ]:
        place = damaged(tmp_path / name, data)
        with pytest.raises(RequestError, match=f"{re.escape(name)}: cannot be read: "):
            run(place, tmp_path / "out")


def test_bad_rows_of_every_part_are_told(table: Path, tmp_path: Path) -> None:
    found = pa.ipc.open_file(pa.memory_map(str(table))).read_all().select(["patient"])
    grades = ["4" if row in (600, 2000) else "1" for row in range(ROWS)]
    place = tmp_path / "bad.parquet"
    parquet.write_table(found.append_column("grade", pa.array(grades)), place, row_group_size=SIZE)
    for processes in (1, 2):
        with pytest.raises(RequestError) as fault:
            run(place, tmp_path / "out", processes)
        assert [problem.where for problem in fault.value.problems] == [
            "column grade, row 601",
            "column grade, row 2001",
        ]
    assert [part.part for part in noted_in(tmp_path / "out")] == [0, 2, 4, 5]


def test_processes_end_with_the_command(table: Path, tmp_path: Path) -> None:
    """A process that waits for work of a command that was killed must not wait for ever."""
    group = killed_after(1, table, tmp_path / "out", 2)
    for _ in range(500):
        if not lives(group):
            return
        time.sleep(0.02)
    os.killpg(group, signal.SIGKILL)
    pytest.fail("processes are left")


def lives(group: int) -> bool:
    """Whether a group has a process that still runs; one that ended may wait for long to be taken note of."""
    stats = [read(place).rpartition(")")[2].split() for place in Path("/proc").glob("[0-9]*/stat")]
    return any(stat[2] == str(group) and stat[0] != "Z" for stat in stats if stat)


def read(place: Path) -> str:
    try:
        return place.read_text()
    except OSError:
        return ""
