"""What can come of connecting a calendar at Google or Microsoft, as scheduling words it: marked here so that it has its German."""

from services.portal.pages.words_participant.marks import marked

CLOUD_REFUSALS = {
    "not-offered": marked("This calendar service cannot be connected here."),
    "no-such-video": marked(
        "Video calls of this kind cannot be made for you: your calendar does not let Tandem, or they are not set up here."
    ),
    "consent-expired": marked("This took too long, or was begun by somebody else or in another browser. Begin again."),
}
CLOUD_COMPLAINTS = frozenset(
    {
        marked("This account belongs to another company. Sign in there with your account of this one."),
        marked("You did not allow Tandem to see when you are busy, so there is nothing it could do."),
        marked("Tandem is not allowed to read this calendar any more. Connect it again."),
        marked("The calendar service does not answer."),
        marked("The calendar service does not know Tandem: its operator must look at the registration."),
        marked("The calendar service answered in a way we do not read."),
        marked("The calendar service did not say whose calendar this is."),
        marked("The calendar service takes too long to answer."),
        marked("The calendar service is not to be asked for a while."),
        marked("The calendar service asks us to wait."),
        marked("The calendar service does not allow this."),
        marked("The calendar service does not say when you are busy."),
        marked("This calendar service is not offered here any more."),
    }
)
