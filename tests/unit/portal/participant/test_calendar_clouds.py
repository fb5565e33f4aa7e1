"""The way to Google or Microsoft and back, as the portal goes it: nothing happens before the person has agreed there."""

from services.portal.api import calendar_clouds, calendars, video
from tests.unit.portal.participant.test_deeds import a_page, body, refused, sent

CONSENT, CONNECTION = "/calendars/clouds/google/consent", "/calendars/clouds/google/connection"
THERE = "https://accounts.google.com/o/oauth2/v2/auth?state=x"
CONNECT = 'href="/me/calendars/cloud/google">Google Calendar'


async def test_only_a_cloud_tandem_is_registered_at_has_a_button() -> None:
    assert CONNECT in body(await calendars.calendars(a_page()))
    page = a_page()
    page.scheduling.answers["/calendars/clouds"] = {"kinds": []}  # type: ignore[attr-defined] # a fake
    assert CONNECT not in body(await calendars.calendars(page))


async def test_a_lost_consent_is_asked_for_where_it_was_given() -> None:
    assert 'href="/me/calendars/cloud/microsoft">Connect it again' in body(await calendars.calendars(a_page()))


async def test_a_person_reads_what_tandem_would_see_before_they_are_sent_away() -> None:
    page = a_page()
    shown = body(await calendar_clouds.before(page, "google"))
    assert "keeps nothing of titles, places, guests and notes" in shown
    assert sent(page, "scheduling") == []


async def test_the_consent_asked_for_is_the_smallest_unless_more_is_wanted_and_belongs_to_the_session() -> None:
    page = a_page()
    page.scheduling.answers[f"POST {CONSENT}"] = {"address": THERE}  # type: ignore[attr-defined] # a fake
    answer = await calendar_clouds.go(page, "google")
    assert (answer.status_code, answer.headers["location"]) == (303, THERE)
    await calendar_clouds.go(page, "google", writes=True)
    session = calendar_clouds.session_of(page)
    asked = [{"writes": False, "session": session}, {"writes": True, "session": session}]
    assert sent(page, "scheduling") == [("POST", CONSENT, body) for body in asked]
    assert page.visit.session.id not in session


async def test_what_the_browser_comes_back_with_is_handed_on_once() -> None:
    page = a_page()
    answer = await calendar_clouds.connected(page, "google", code="c", state="s")
    assert sent(page, "scheduling") == [("POST", CONNECTION, {"code": "c", "state": "s", "session": calendar_clouds.session_of(page)})]
    assert answer.headers["location"] == "/me/calendars"
    assert page.answered == ("/me/calendars", "Your calendar is connected.")


async def test_who_does_not_agree_is_told_that_nothing_was_connected() -> None:
    page = a_page(locale="de")
    await calendar_clouds.connected(page, "microsoft", error="access_denied", state="s")
    assert sent(page, "scheduling") == []
    assert page.answered is not None
    assert "nicht zugestimmt" in str(page.answered[1])


async def test_why_nothing_was_connected_is_said_in_the_readers_language() -> None:
    said = "This account belongs to another company. Sign in there with your account of this one."
    page = a_page(refusing={f"scheduling POST {CONNECTION}": refused(409, said, slug="consent-refused")}, locale="de")
    await calendar_clouds.connected(page, "google", code="c", state="s")
    assert page.answered is not None
    assert "anderen Unternehmen" in str(page.answered[1])


async def test_only_calls_somebody_can_have_are_offered_and_the_choice_is_kept() -> None:
    page = a_page(("kind", "meet"))
    shown = body(await video.video(page))
    assert [kind for kind in ("meet", "teams", "zoom", "jitsi", "none") if f'value="{kind}"' in shown] == [
        "meet",
        "teams",
        "zoom",
        "jitsi",
        "none",
    ]
    assert 'value="jitsi" checked' in shown
    await video.choose(page)
    assert sent(page, "scheduling") == [("PUT", "/video/mine", {"kind": "meet"})]


async def test_a_call_one_cannot_have_is_refused_on_the_page() -> None:
    refusal = refused(409, "x", slug="no-such-video")
    page = a_page(("kind", "meet"), refusing={"scheduling PUT /video/mine": refusal}, locale="de")
    answer = await video.choose(page)
    assert answer.status_code == 422
    assert "nicht eingerichtet" in body(answer)
