"""The plain chart form: everything that can be wrong with it is told with its line and what to do."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from her2guide.chart.names import AgentNames, plain
from her2guide.chart.read import read_chart
from her2guide.errors import ChartError
from her2guide.library.library import Library
from her2guide.model.chart import Chart

Read = Callable[[str], Chart]
TOMORROW = date.today() + timedelta(days=1)

HEAD = "patient: {id: test, born: 1970-01-01, sex: female}\n"


def with_record(line: str) -> str:
    return f"{HEAD}records:\n  - on: 2026-01-05\n    {line}\n"


def with_treatment(entry: str) -> str:
    return f"{HEAD}treatments:\n  - {{{entry}}}\n"


# the chart, the line of the fault, what is said of it
BAD = [
    (with_record("tumour_size: {value: 2, unit: inch}"), 4, "the unit 'inch' is not one of `tumour_size`. Use mm, cm."),
    (with_record("tumour_size: {value: 2, unit: [mm]}"), 4, "a unit must be text."),
    (with_record("tumour_size: {value: 2, size: 3}"), 4, "the key `size` is not known here."),
    (with_record("tumour_size: 2000"), 4, "2000 mm is outside the range of `tumour_size` (0 to 400)."),
    (with_record("tumour_size: {value: 100, unit: cm}"), 4, "1000 mm is outside the range"),
    (with_record("lvef: 4"), 4, "4 % is outside the range of `lvef` (5 to 90)."),
    (with_record("lvef: -60"), 4, "-60 % is outside the range"),
    (with_record("lvef: NaN"), 4, "'NaN' is not a number for `lvef`. Write it in %."),
    (with_record("lvef: .nan"), 4, "'.nan' is not a number"),
    (with_record("lvef: .inf"), 4, "'.inf' is not a number"),
    (with_record("lvef: 55%"), 4, "'55%' is not a number"),
    (with_record("lvef: yes"), 4, "'yes' is not a number"),
    (with_record("positive_nodes: 1.5"), 4, "1.5 is not a whole number for `positive_nodes`."),
    (with_record("her2_stauts: positive"), 4, "there is no fact `her2_stauts`. Did you mean her2_status?"),
    (with_record("zzzz: 1"), 4, "there is no fact `zzzz`. `her2guide facts` lists them."),
    (with_record("her2_status: equivocal"), 4, "'equivocal' is not a value of `her2_status`."),
    (with_record("her2_status: positiv"), 4, "Did you mean positive?"),
    (with_record("her2_status: [positive]"), 4, "is not a value of `her2_status`."),
    (with_record("her2_ihc: 4+"), 4, "'4+' is not a value of `her2_ihc`."),
    (with_record("pregnant: maybe"), 4, "'maybe' does not answer `pregnant`. Write yes or no"),
    (with_record("pregnant: 1"), 4, "1 does not answer `pregnant`."),
    (with_record("pregnant: [yes]"), 4, "does not answer `pregnant`."),
    (f"{HEAD}records:\n  - on: {TOMORROW}\n    lvef: 60\n", 3, f"{TOMORROW} lies in the future."),
    (f"{HEAD}records:\n  - on: 1969-12-31\n    lvef: 60\n", 4, "1969-12-31 lies before the date of birth, 1970-01-01."),
    (f"{HEAD}records:\n  - on: 2026-02-30\n    lvef: 60\n", 3, "'2026-02-30' is not a date. Write it as 2026-11-23."),
    (f"{HEAD}records:\n  - on: 23.11.2025\n    lvef: 60\n", 3, "'23.11.2025' is not a date."),
    (f"{HEAD}records:\n  - on: {{day: 3}}\n    lvef: 60\n", 3, "is not a date."),
    (f"{HEAD}records:\n  lvef: 60\n", 3, "must be a list; begin each entry with `-`."),
    (f"{HEAD}records: none\n", 2, "must be a list"),
    (f"{HEAD}records:\n  - lvef\n", 3, "must be a map of keys and values."),
    (f"{HEAD}record: []\n", 2, "the key `record` is not known here. Did you mean records?"),
    (f"{HEAD}zzzz: []\n", 2, "the key `zzzz` is not known here. Known: patient, records"),
    (f"{HEAD}records: []\nrecords: []\n", 3, "the key `records` stands twice."),
    (with_record("lvef: 60\n    lvef: 50"), 5, "the key `lvef` stands twice."),
    (f"{HEAD}treatments_complete: perhaps\n", 2, "'perhaps' is neither yes nor no."),
    (f"{HEAD}treatments_complete: 1\n", 2, "'1' is neither yes nor no."),
    (f"{HEAD}treatments: {{agent: trastuzumab}}\n", 2, "must be a list"),
    (with_treatment("agent: trastuzumap"), 3, "there is no agent `trastuzumap`. Did you mean trastuzumab?"),
    (with_treatment("agent: zzzz"), 3, "there is no agent `zzzz`. Write the parts of a combination as one entry each;"),
    (with_treatment("start: 2026-01-01"), 3, "there is no agent ``."),
    (with_treatment("agent: [trastuzumab]"), 3, "there is no agent"),
    (with_treatment("agent: trastuzumab, dose: 6"), 3, "the key `dose` is not known here."),
    (with_treatment("agent: trastuzumab, setting: palliative"), 3, "'palliative' is not a setting. Use neoadjuvant"),
    (with_treatment("agent: trastuzumab, setting: [adjuvant]"), 3, "is not a setting."),
    (with_treatment("agent: trastuzumab, ongoing: often"), 3, "'often' is neither yes nor no."),
    (with_treatment("agent: trastuzumab, ongoing: yes, end: 2026-01-01"), 3, "said to be ongoing."),
    (with_treatment("agent: trastuzumab, start: 2026-01-02, end: 2026-01-01"), 3, "before it starts on 2026-01-02."),
    (with_treatment("agent: trastuzumab, start: 1969-12-31"), 3, "1969-12-31 lies before the date of birth"),
    (with_treatment("agent: trastuzumab, end: 1969-12-31"), 3, "1969-12-31 lies before the date of birth"),
    (with_treatment(f"agent: trastuzumab, start: {TOMORROW}"), 3, f"{TOMORROW} lies in the future."),
    ("patient: {id: test, borne: 1970-01-01}\n", 1, "the key `borne` is not known here. Did you mean born?"),
    (f"patient: {{id: test, born: {TOMORROW}}}\n", 1, f"{TOMORROW} lies in the future."),
    ("patient: {id: test, sex: unclear}\n", 1, "'unclear' is not a value of `sex`."),
    ("patient: {id: [a, b]}\n", 1, "an id must be plain text."),
    ("patient: test\n", 1, "must be a map of keys and values."),
    ("- patient\n", 1, "is not a chart."),
    ("records: []\n", 1, "is not a chart."),
]


@pytest.mark.parametrize(("text", "line", "says"), BAD)
def test_a_fault_is_told_with_file_and_line(chart: Read, text: str, line: int, says: str) -> None:
    with pytest.raises(ChartError) as told:
        chart(text)
    (problem,) = told.value.problems
    assert problem.where.endswith(f"chart.yaml:{line}")
    assert says in f"{problem.what} {problem.do}"


def test_an_empty_file_is_no_chart(chart: Read) -> None:
    with pytest.raises(ChartError, match=r"chart\.yaml: is not a chart\."):
        chart("")


def test_every_problem_is_told_at_once(chart: Read) -> None:
    with pytest.raises(ChartError) as told:
        chart(
            f"{HEAD}records:\n  - on: 2026-13-01\n    lvef: 600\n    her2_stauts: positive\n"
            "treatments:\n  - {agent: nothing, start: 2026-01-01}\nmore: 1\n"
        )
    lines = sorted(int(problem.where.rsplit(":", 1)[1]) for problem in told.value.problems)
    assert lines == [3, 4, 5, 7, 8]


@pytest.mark.parametrize(
    ("word", "value"),
    [("yes", True), ("Yes", True), ("true", True), ("no", False), ("NO", False), ("false", False), ("'no'", False)],
)
def test_yes_and_no_in_both_forms(chart: Read, word: str, value: bool) -> None:
    read = chart(f"{HEAD}records:\n  - pregnant: {word}\ntreatments_complete: {word}\n")
    assert {o.fact: o.value for o in read.observations}["pregnant"] is value
    assert read.treatments_complete is value


def test_json_true_is_yes(tmp_path: Path, library: Library) -> None:
    place = tmp_path / "chart.json"
    place.write_text(json.dumps({"patient": {"id": 7}, "records": [{"pregnant": False}], "treatments_complete": True}))
    read = read_chart(place, library)
    assert (read.patient, read.treatments_complete) == ("7", True)
    assert [(o.fact, o.value) for o in read.observations] == [("pregnant", False)]


@pytest.mark.parametrize("silence", ["unknown", "Unknown", "", "null", "{value: unknown}"])
@pytest.mark.parametrize("fact", ["her2_status", "lvef", "pregnant", "her2_ihc"])
def test_unknown_is_silence(chart: Read, fact: str, silence: str) -> None:
    read = chart(f"{HEAD}records:\n  - on: 2026-01-05\n    {fact}: {silence}\n")
    assert [o.fact for o in read.observations] == ["sex"]


@pytest.mark.parametrize(
    ("written", "fact", "value"),
    [
        ("tumour_size: {value: 2.6, unit: cm}", "tumour_size", 26.0),
        ("tumour_size: {value: 18, unit: mm}", "tumour_size", 18),
        ("tumour_size: 18", "tumour_size", 18),
        ("her2_ihc: 3+", "her2_ihc", "3+"),
        ("her2_ihc: 3", "her2_ihc", "3+"),
        ("her2_ihc: 0", "her2_ihc", "0"),
        ("recorded_stage: IIA", "recorded_stage", "II"),
        ("her2_status: Positive", "her2_status", "positive"),
        ("positive_nodes: 2.0", "positive_nodes", 2),
    ],
)
def test_what_is_written_is_read_in_the_unit_of_the_fact(
    chart: Read, written: str, fact: str, value: float | str
) -> None:
    read = chart(with_record(written))
    found = [o for o in read.observations if o.fact == fact]
    assert [(o.value, o.on) for o in found] == [(value, date(2026, 1, 5))]
    assert found[0].where.endswith("chart.yaml:4")


def test_a_treatment_is_read_with_its_place(chart: Read) -> None:
    read = chart(with_treatment("agent: Herceptin, setting: adjuvant, start: 2025-01-01, ongoing: yes"))
    (treatment,) = read.treatments
    assert (treatment.agent, treatment.setting, treatment.start) == ("trastuzumab", "adjuvant", date(2025, 1, 1))
    assert treatment.ongoing
    assert treatment.end is None
    assert treatment.where.endswith("chart.yaml:3")


def test_every_name_of_an_agent_is_its_own_and_no_other(library: Library) -> None:
    owners: dict[str, set[str]] = {}
    for agent in library.agents.values():
        for name in (agent.id, agent.title, *agent.names, *agent.brands):
            owners.setdefault(plain(name), set()).add(agent.id)
    shared = {name: ids for name, ids in owners.items() if len(ids) > 1}
    assert shared == {}
    names = AgentNames(library)
    assert {name: names.agent(name) for name in owners} == {name: next(iter(ids)) for name, ids in owners.items()}


ANTIBODY_AND_CONJUGATES = [
    ("trastuzumab", "trastuzumab"),
    ("Herceptin", "trastuzumab"),
    ("Herceptin Hylecta", "trastuzumab"),
    ("trastuzumab-dkst", "trastuzumab"),
    ("TRASTUZUMAB", "trastuzumab"),
    ("trastuzumab emtansine", "trastuzumab-emtansine"),
    ("ado-trastuzumab emtansine", "trastuzumab-emtansine"),
    ("Ado-Trastuzumab_Emtansine", "trastuzumab-emtansine"),
    ("T-DM1", "trastuzumab-emtansine"),
    ("Kadcyla", "trastuzumab-emtansine"),
    ("trastuzumab deruxtecan", "trastuzumab-deruxtecan"),
    ("fam-trastuzumab deruxtecan-nxki", "trastuzumab-deruxtecan"),
    ("T-DXd", "trastuzumab-deruxtecan"),
    ("Enhertu", "trastuzumab-deruxtecan"),
    ("pertuzumab", "pertuzumab"),
    ("trastuzumab and something", None),
    ("trastuz", None),
    ("emtansine", None),
    ("", None),
]


@pytest.mark.parametrize(("written", "agent"), ANTIBODY_AND_CONJUGATES)
def test_an_antibody_is_not_its_conjugates(library: Library, written: str, agent: str | None) -> None:
    assert AgentNames(library).agent(written) == agent


NEAR = ["pembrolizumob", "radiation", "Taxol weekly", "trastuzumab + pertuzumab", "bilateral mastectomy"]


@pytest.mark.parametrize("name", NEAR)
def test_another_treatment_is_never_proposed(chart: Read, name: str) -> None:
    with pytest.raises(ChartError) as told:
        chart(f"patient: {{id: test}}\ntreatments:\n  - {{agent: {name}}}\n")
    assert "Did you mean" not in str(told.value)


def test_a_value_may_be_written_as_its_label(chart: Read) -> None:
    read = chart("patient: {id: test}\nrecords:\n  - {on: 2026-01-05, menopausal_status: after menopause}\n")
    assert read.observations[0].value == "postmenopausal"


@pytest.mark.parametrize("sign", ["", "-"])
def test_a_number_of_hundreds_of_digits_is_told(chart: Read, sign: str) -> None:
    with pytest.raises(ChartError, match="is not a number for `lvef`"):
        chart(f"patient: {{id: test}}\nrecords:\n  - {{lvef: {sign}{'9' * 400}}}\n")
