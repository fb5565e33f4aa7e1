"""An import of people from upload to the last event."""

import asyncio
import io
import zipfile
from typing import Any

import httpx2
import pytest

from deploy.local import demo
from shared.contracts.portal import PersonChanged
from tests.support.portal import SOFIE, Portal
from tests.support.service import Start

HEAD = "Employee ID,Name,Work e-mail,Manager ID,Department,Location,Time zone,Job level,Languages\n"
ANA = "E1,Ana Silva,ana@alder.example,,People,Lisbon,Europe/Lisbon,7,pt; en\n"
BEN = "E2,Ben Okoro,ben@alder.example,E1,People,Lagos,Africa/Lagos,4,en\n"


class Importer:
    """A programme manager's program."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self.client = client

    async def upload(self, content: str | bytes, status: int = 201) -> dict[str, Any]:
        raw = content.encode() if isinstance(content, str) else content
        answer = await self.client.post(
            "/people/imports", params={"file_name": "people.csv"}, content=raw, headers={"content-type": "text/csv"}
        )
        assert answer.status_code == status, answer.text[:500]
        return dict(answer.json())

    async def commit(self, import_id: str) -> httpx2.Response:
        return await self.client.post(f"/people/imports/{import_id}/commit")


@pytest.fixture
async def importer(portal: Portal) -> Importer:
    return Importer(await portal.program(SOFIE, person_id="sofie", roles=["programme_manager"]))


def counts(preview: dict[str, Any]) -> tuple[int, int, int, int]:
    return preview["new"], preview["changed"], preview["unchanged"], preview["wrong"]


async def test_the_demo_file_of_three_hundred_people_goes_in_whole(portal: Portal, importer: Importer) -> None:
    preview = await importer.upload(demo.PEOPLE_FILE.read_bytes())
    assert counts(preview) == (300, 0, 0, 0), preview["problems"][:3]
    assert await portal.database.people.count_documents({}) == 0
    answer = await importer.commit(preview["import_id"])
    assert answer.json()["result"] == {"new": 300, "changed": 0}
    assert await portal.database.people.count_documents({}) == 300
    told = await portal.running.published(PersonChanged)
    assert len(told) == 300
    everybody = {event.person_id for event in told}
    assert all(event.manager_id is None or event.manager_id in everybody for event in told)


async def test_a_preview_counts_new_changed_and_unchanged_and_names_each_wrong_cell(portal: Portal, importer: Importer) -> None:
    first = await importer.upload(HEAD + ANA + BEN)
    await importer.commit(first["import_id"])
    changed = BEN.replace("Lagos,Africa/Lagos", "Accra,Africa/Accra")
    wrong = "E4,Dora,dora@,E9,,,Madrid,x,xx\n"
    preview = await importer.upload(HEAD + ANA + changed + "E3,Cem Arnold,cem@alder.example,E2,,,Europe/Berlin,2,de\n" + wrong)
    assert counts(preview) == (1, 1, 1, 1)
    assert {(problem["line"], problem["column"]) for problem in preview["problems"]} == {
        (5, "email"), (5, "zone"), (5, "level"), (5, "languages")}  # fmt: skip
    zone = next(problem for problem in preview["problems"] if problem["column"] == "zone")
    assert zone["reason"] == "This is not a time zone. Did you mean Europe/Madrid?"
    assert zone["value"] == "Madrid"
    row = next(row for row in preview["rows"] if row["kind"] == "changed")
    assert row["changes"] == {"location": ["Lagos", "Accra"], "zone": ["Africa/Lagos", "Africa/Accra"]}


async def test_nothing_is_written_before_the_import(portal: Portal, importer: Importer) -> None:
    await importer.upload(HEAD + ANA)
    assert await portal.database.people.count_documents({}) == 0
    assert await portal.running.published(PersonChanged) == []


async def test_wrong_rows_stay_out_and_the_others_go_in(portal: Portal, importer: Importer) -> None:
    preview = await importer.upload(HEAD + ANA + "E2,,ben@alder.example,E1,,,Africa/Lagos,4,en\n")
    assert (await importer.commit(preview["import_id"])).json()["result"] == {"new": 1, "changed": 0}
    assert [person["name"] async for person in portal.database.people.find()] == ["Ana Silva"]


async def test_headings_are_guessed_in_german_and_with_semicolons_and_in_an_old_encoding(importer: Importer) -> None:
    text = "Personalnummer;Vollständiger Name;Dienstliche E-Mail;Führungskraft;Abteilung;Standort;Zeitzone;Stufe;Sprachen\n"
    text += "1;Jürgen Groß;j.gross@alder.example;;Vertrieb;Köln;Europe/Berlin;Stufe 5;Deutsch, Englisch\n"
    preview = await importer.upload(text.encode("cp1252"))
    assert counts(preview) == (1, 0, 0, 0)
    assert preview["mapping"]["manager_id"] == "Führungskraft"
    assert preview["rows"][0]["name"] == "Jürgen Groß"


async def test_headings_nobody_could_guess_are_named_by_hand(importer: Importer) -> None:
    text = "Nr,Wer,Wo erreichbar,Uhr\n1,Ana,ana@alder.example,Europe/Lisbon\n"
    preview = await importer.upload(text)
    assert {problem["column"] for problem in preview["problems"]} == {"employee_id", "name", "email", "zone"}
    assert preview["headers"] == ["Nr", "Wer", "Wo erreichbar", "Uhr"]
    mapping = {"employee_id": "Nr", "name": "Wer", "email": "Wo erreichbar", "zone": "Uhr"}
    answer = await importer.client.put(f"/people/imports/{preview['import_id']}/columns", json={"mapping": mapping})
    assert counts(answer.json()) == (1, 0, 0, 0)
    again = (await importer.client.get(f"/people/imports/{preview['import_id']}")).json()
    assert again["mapping"] == mapping
    assert (await importer.commit(preview["import_id"])).json()["state"] == "done"


async def test_a_column_that_does_not_exist_cannot_be_named(importer: Importer) -> None:
    preview = await importer.upload(HEAD + ANA)
    answer = await importer.client.put(f"/people/imports/{preview['import_id']}/columns", json={"mapping": {"salary": "Name"}})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "mapping"


async def test_an_import_whose_people_have_changed_since_is_shown_again_and_not_done(portal: Portal, importer: Importer) -> None:
    one, two = await importer.upload(HEAD + ANA), await importer.upload(HEAD + ANA + BEN)
    await importer.commit(one["import_id"])
    answer = await importer.commit(two["import_id"])
    assert answer.status_code == 409
    assert answer.json()["type"] == "/problems/preview-outdated"
    assert await portal.database.people.count_documents({}) == 1
    seen = (await importer.client.get(f"/people/imports/{two['import_id']}")).json()
    assert counts(seen) == (1, 0, 1, 0)
    assert (await importer.commit(two["import_id"])).json()["result"] == {"new": 1, "changed": 0}


async def test_an_import_pressed_twice_happens_once(portal: Portal, importer: Importer) -> None:
    preview = await importer.upload(demo.PEOPLE_FILE.read_bytes())
    answers = await asyncio.gather(*(importer.commit(preview["import_id"]) for _ in range(3)))
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert await portal.database.people.count_documents({}) == 300
    assert len(await portal.running.published(PersonChanged)) == 300
    assert (await importer.commit(preview["import_id"])).json()["result"] == {"new": 300, "changed": 0}


async def test_two_people_swap_their_addresses(portal: Portal, importer: Importer) -> None:
    await importer.commit((await importer.upload(HEAD + ANA + BEN))["import_id"])
    swapped = ANA.replace("ana@", "ben@") + BEN.replace("ben@", "ana@")
    preview = await importer.upload(HEAD + swapped)
    assert counts(preview) == (0, 2, 0, 0)
    assert (await importer.commit(preview["import_id"])).status_code == 200
    assert {row["name"]: row["email"] async for row in portal.database.people.find()} == {
        "Ana Silva": "ben@alder.example",
        "Ben Okoro": "ana@alder.example",
    }
    assert await portal.database.addresses.count_documents({}) == 2


async def test_somebody_elses_upload_is_not_to_be_seen(portal: Portal, importer: Importer) -> None:
    preview = await importer.upload(HEAD + ANA)
    async with await portal.program(None, person_id="another", roles=["programme_manager"]) as another:
        assert (await another.get(f"/people/imports/{preview['import_id']}")).status_code == 404
        assert (await another.post(f"/people/imports/{preview['import_id']}/commit")).status_code == 404


@pytest.mark.parametrize("roles", [[], ["mentor"]])
async def test_only_managers_import(portal: Portal, roles: list[str]) -> None:
    async with await portal.program(None, person_id="x", roles=roles) as client:
        assert (await client.post("/people/imports", content=HEAD + ANA)).status_code == 403


def a_zip_bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("people.csv", b"0" * 50_000_000)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(b"", "empty", id="nothing"),
        pytest.param(a_zip_bomb(), "zip", id="zip bomb"),
        pytest.param(b"\x1f\x8b\x08" + b"\x00" * 50, "compressed", id="gzip"),
        pytest.param(b"\x00\x01\x02" * 100, "text", id="not text"),
        pytest.param(HEAD.encode() + b'"E1,Ana', "quotation mark", id="open quote"),
        pytest.param(b"Name,Name\na,b\n", "Two columns", id="twice the same heading"),
    ],
)
async def test_what_is_no_table_is_answered_clearly(importer: Importer, content: bytes, says: str) -> None:
    problem = await importer.upload(content, status=422)
    assert says in problem["detail"]
    assert problem["errors"][0]["field"] == "file"


async def test_a_hundred_thousand_rows_are_too_many_and_the_answer_says_what_to_do(importer: Importer) -> None:
    rows = "".join(f"E{number},P,p{number}@a.example,,,,UTC,1,en\n" for number in range(100_000))
    problem = await importer.upload(HEAD + rows, status=422)
    assert problem["detail"] == "This file has more than 20,000 rows. Split it and upload the parts."


async def test_a_file_that_is_too_large_is_refused(start_portal: Start) -> None:
    portal = await start_portal(import_max_bytes=1000)
    async with await portal.program(None, person_id="x", roles=["programme_manager"]) as client:
        problem = await Importer(client).upload(HEAD + ANA * 20, status=422)
    assert "larger than" in problem["detail"]


@pytest.mark.parametrize("formula", ["=HYPERLINK(1)", "@SUM(1)", "+cmd|' /C calc'!A0", "-2+3+cmd"])
async def test_a_formula_stays_out(importer: Importer, formula: str) -> None:
    preview = await importer.upload(HEAD + ANA.replace("Ana Silva", f'"{formula}"'))
    assert counts(preview) == (0, 0, 0, 1)
    assert preview["problems"][0]["column"] == "name"


async def test_a_missing_column_is_named(importer: Importer) -> None:
    preview = await importer.upload("Employee ID,Name,Time zone\nE1,Ana,UTC\n")
    assert [(problem["column"], problem["reason"]) for problem in preview["problems"]] == [("email", "This column is missing.")]
    assert preview["new"] == 0


async def test_an_unknown_import_is_told_so(importer: Importer) -> None:
    assert (await importer.client.get("/people/imports/nothing")).status_code == 404
