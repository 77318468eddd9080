"""Names of treatments as people type them -> what was given, or the reason why that stays undecided."""

from __future__ import annotations

import pytest

from her2guide.chart.names import AgentNames, Reading
from her2guide.errors import KnowledgeError
from her2guide.library.build import build_library
from her2guide.library.library import Library
from her2guide.library.read import knowledge_folder, read_files

H, P, DM1, DXD = "trastuzumab", "pertuzumab", "trastuzumab-emtansine", "trastuzumab-deruxtecan"
A, C = "doxorubicin", "cyclophosphamide"
READ: dict[str, tuple[str, ...]] = {
    "Herceptin": (H,),
    "ＨＥＲＣＥＰＴＩＮ®": (H,),
    "Herceptin Hylecta": (H,),
    "trastuzumab-anns (Kanjinti) 6 mg/kg IV q3w": (H,),
    "trastuzumab biosimilar": (H,),
    "herseptin": (H,),
    "Trustuzumab": (H,),
    "trastuzumab 150 MG Injection [Herceptin]": (H,),
    "T-DM1": (DM1,),
    "t dm 1": (DM1,),
    "trastuzumab (emtansine)": (DM1,),
    "trastuzumab emtnasine": (DM1,),
    "Kadcyla (ado-trastuzumab emtansine) 3.6 mg/kg": (DM1,),
    "fam-trastuzumab deruxtecan-nxki": (DXD,),
    "trastuzumab deruxtekan": (DXD,),
    "Enhertu 5.4mg/kg": (DXD,),
    "T-DXd": (DXD,),
    "Taxol, then T-DM1, then T-DXd": ("paclitaxel", DM1, DXD),
    "Phesgo": (P, H),
    "pertuzumab, trastuzumab, and hyaluronidase-zzxf": (P, H),
    "Herceptin/Perjeta": (H, P),
    "TAXOTERE (docetaxel)": ("docetaxel",),
    "Adriamycin/Cytoxan": (A, C),
    "AC followed by Taxol + Herceptin": (A, C, "paclitaxel", H),
    "AC Taxol": (A, C, "paclitaxel"),
    "tamoxifen (NOLVADEX) 20 mg tab": ("tamoxifen",),
    "TCHP": ("docetaxel", "carboplatin", H, P),
    "neoadjuvant TCHP x 6 followed by Herceptin/Perjeta": ("docetaxel", "carboplatin", H, P),
    "ddAC-THP": (A, C, H, P, "taxane"),
    "dose-dense AC x 4 → T x 12 weekly": (A, C, "taxane"),
    "AC-T (paclitaxel)": (A, C, "paclitaxel"),
    "THP": (H, P, "taxane"),
    "TC (Taxotere/Cytoxan) x4": ("docetaxel", C),
    "TC: carboplatin, paclitaxel": ("paclitaxel", "carboplatin"),
    "FEC-100 x3 then docetaxel x3": ("docetaxel", C, "fluorouracil", "epirubicin"),
    "CMF": (C, "methotrexate", "fluorouracil"),
    "5-Flourouracil": ("fluorouracil",),
    "5flourouracil": ("fluorouracil",),
    "Abraxane (paclitaxel protein-bound)": ("nab-paclitaxel",),
    "doxorubicin, liposomal": ("liposomal-doxorubicin",),
    "doxorubicin lipsomal": ("liposomal-doxorubicin",),
    "Doxorubicin Hydrochloride 2 MG/ML Injectable Solution": (A,),
    "zometa/zoledronate": ("zoledronic-acid",),
    "Lupron Depot 3.75mg": ("leuprolide",),
    "leucovorin calcium": ("leucovorin",),
    "levoleucovorin calcium + calcium": ("levoleucovorin", "calcium"),
    "letrozole 2.5 mg daily, then anastrozole": ("letrozole", "anastrozole"),
    "Kisqali Femara Co-Pack": ("ribociclib", "letrozole"),
    "Tamoxifène": ("tamoxifen",),
    "4 th cycle taxol": ("paclitaxel",),
    "Chemotherapy: AC": (A, C),
}
UNDECIDED = {
    "trastuzumab emtnsn": "`emtnsn` is not known",
    "trastuzumab derux": "`derux` is not known",
    "Herceptin vedotin": "`vedotin`: it makes another drug",
    "trastuzumab-abcd": "`abcd` is not known",
    "pertuzumab-dkst": "`dkst` is not known",
    "trastuzumab T-DM1": "which of the two",
    "Kadcyla/Enhertu": "which of the two",
    "HP/T-DM1": "which of the two",
    "Taxol (docetaxel)": "which of the two",
    "letrozole/anastrozole": "which of the two",
    "cisplatin/carboplatin": "which of the two",
    "leucoprolide": "`leucoprolide` is not known",
    "tc": "`tc` can mean docetaxel + cyclophosphamide or paclitaxel + carboplatin",
    "TCH (docetaxel, cyclophosphamide, Herceptin)": "explained by drugs that it does not hold",
    "metoclopramide 10 mg AC": "`ac` right after `metoclopramide`",
    "Ac.Bemaciclib": "right after `ac`",
    "LEVOYL.EUCOVORIN": "right after `levoyl`",
    "nvb paclitaxel": "`paclitaxel` right after `nvb`",
    "placebo": "`placebo`: where a placebo is named",
    "ribociclib/placebo": "`placebo`: where a placebo is named",
    "trial drug X": "`trial drug`: a drug was given, and the record does not name it",
    "arimidex vs exemestane": "`vs`: it says one or the other",
    "Tamoxifen?": "`?`: it may not have been given",
    "refused tamoxifen": "`refused`: it may not have been given",
    "chemo": "`chemo`: a kind of treatment",
    "hormone therapy": "`hormone therapy`: a kind of treatment",
    "[Not Available]": "`not available`: what tables write",
    "Taxol foo": "`foo` is not known",
    "": "it names no treatment",
    "x" * 10_240: "it is too long for the name of a treatment (10240 characters)",
}


@pytest.fixture(scope="module")
def names(library: Library) -> AgentNames:
    return AgentNames(library)


@pytest.mark.parametrize("text", READ)
def test_what_is_read(names: AgentNames, text: str) -> None:
    reading = names.read(text)
    assert sorted((*reading.agents, *reading.substances)) == sorted(READ[text])
    assert reading.how
    assert reading.why == ""


@pytest.mark.parametrize("text", UNDECIDED, ids=lambda text: text[:40])
def test_what_stays_undecided(names: AgentNames, text: str) -> None:
    reading = names.read(text)
    assert (reading.agents, reading.substances, reading.how) == ((), (), None)
    assert UNDECIDED[text] in reading.why


def test_how_a_text_was_read_and_the_words_it_rests_on(names: AgentNames) -> None:
    assert names.read("Taxol + Epirubicin") == Reading(
        ("paclitaxel",), ("epirubicin",), "exact", ("taxol", "epirubicin")
    )
    assert names.read("AC") == Reading((A, C), (), "regimen", ("ac",))
    assert names.read("Cytoxen x4") == Reading((C,), (), "respelled", ("cytoxen",))


@pytest.mark.parametrize(
    ("text", "agents", "left"),
    [
        ("TC + Herceptin", (H,), "`tc` can mean"),
        ("TC-H", ("docetaxel", H), "`tc h` can mean"),
        ("Herceptin + trial drug X", (H,), "`trial drug`"),
        ("epi/cytoxan", (C,), "`epi` can mean epirubicin or epinephrine"),
    ],
)
def test_what_is_sure_is_read_beside_what_stays_open(
    names: AgentNames, text: str, agents: tuple[str, ...], left: str
) -> None:
    reading = names.read(text)
    assert reading.agents == agents
    assert left in reading.why


def test_every_substance_has_its_class(library: Library, names: AgentNames) -> None:
    substances = names.read("FEC, Doxil").substances
    classes = [library.names.drugs[name].drug_class for name in substances]
    assert classes == ["antimetabolite", "anthracycline", "anthracycline"]


def test_a_record_of_others_gives_one_agent_and_a_plain_chart_exact_names_only(names: AgentNames) -> None:
    assert names.agent("Tamoxifen 20 MG Oral Tablet") == "tamoxifen"
    assert names.exact("Tamoxifen 20 MG Oral Tablet") is None
    assert names.exact("tamoxifen citrate") == "tamoxifen"
    for text in ("TCHP", "Taxol + Avastin", "Herceptin + trial drug", "tc", "epirubicin"):
        assert names.agent(text) is None


def test_every_name_in_the_knowledge_is_read_as_its_own(library: Library, names: AgentNames) -> None:
    for drug in library.names.drugs.values():
        for name in (drug.id, *drug.names, *(f"{name}-{s}" for name in drug.names[:1] for s in drug.suffixes)):
            reading = names.read(name)
            assert ((*reading.agents, *reading.substances), reading.how) == ((drug.id,), "exact"), name
    for shorthand in library.names.shorthands.values():
        for name in (shorthand.id, *shorthand.names):
            reading = names.read(name)
            assert shorthand.either or sorted((*reading.agents, *reading.substances)) == sorted(shorthand.gives), name


@pytest.mark.parametrize(
    ("file", "text", "problem"),
    [
        ("drugs-own", "- {id: foomab, names: [Foo]}", "has its class in two places or in none"),
        ("drugs-own", "- {id: foomab, drug_class: taxane, names: [Taxol]}", "the name taxol is one of paclitaxel"),
        ("drugs-own", "- {id: tamoxifen, drug_class: serm}", "the id `tamoxifen` stands twice"),
        ("shorthands-own", "- {id: FOO, gives: [foomab], because: x}", "there is no agent or drug `foomab`"),
        ("shorthands-own", "- {id: FOO, because: x}", "must have either gives or either"),
        ("families-own", "- {id: foo, members: [foomab], because: x}", "there is no agent or drug `foomab`"),
        ("words-own", "- {id: foo, role: adds nothing, patterns: ['('], because: x}", "is no pattern"),
    ],
)
def test_names_that_do_not_agree_are_refused(file: str, text: str, problem: str) -> None:
    files = {**read_files(knowledge_folder()), f"names/{file}.yaml": text}
    with pytest.raises(KnowledgeError) as refused:
        build_library(files, "own")
    assert any(problem in str(p) and f"names/{file}.yaml:1" in p.where for p in refused.value.problems)
