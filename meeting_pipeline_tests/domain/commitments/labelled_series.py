"""Labelled series: what became of the items of a few meetings that follow each other. Invented text, in the manner of speech.

``SERIES`` was written before the rules were changed with it. ``ASIDE`` was written after, and no rule was changed for it.
Both are labelled by a person who reads all meetings: which items are one commitment, which sentences tell of it, and how it ends.
Must not go here: the rules' opinion.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

START: Final = date(2026, 2, 2)


@dataclass(frozen=True)
class Item:
    """An item of a meeting. ``due``: days after the first meeting; ``quote``: what was said, if not the text itself."""

    name: str
    text: str
    owner: str | None = "Anna"
    due: int | None = None
    quote: str = ""
    decision: bool = False
    status: str | None = None
    due_words: str | None = None

    @property
    def due_date(self) -> date | None:
        return None if self.due is None else START + timedelta(days=self.due)


@dataclass(frozen=True)
class Is:
    """A commitment as a reader sees it: the names of its items in order, the sentences that tell of it ("2:done"), its end."""

    items: str
    state: str = "open"
    told: str = ""
    owner: str | None = "Anna"


@dataclass(frozen=True)
class Series:
    """Meetings a week apart, each with items and sentences ("Anna: I sent it.")."""

    kind: str
    meetings: tuple[tuple[Item | str, ...], ...]
    expected: tuple[Is, ...]
    people: tuple[str, ...] = ("Anna", "Ben", "Clara", "Dev")


def _s(kind: str, *meetings: tuple[Item | str, ...], expected: tuple[Is, ...], people: tuple[str, ...] = ()) -> Series:
    return Series(kind, meetings, expected, people) if people else Series(kind, meetings, expected)


SERIES: Final = (
    # Reworded.
    _s(
        "reworded",
        (Item("a", "Send the updated price list to Acme"),),
        (Item("b", "Get the updated price list over to Acme"),),
        expected=(Is("a b"),),
    ),
    _s(
        "reworded",
        (Item("a", "Write up the findings of the user interviews", "Clara"),),
        (Item("b", "Write the user interview findings up", "Clara"),),
        expected=(Is("a b", owner="Clara"),),
    ),
    _s(
        "reworded",
        (Item("a", "Sort out the parking permits with the city", "Ben"),),
        (Item("b", "Sort out parking permits with the city council", "Ben"),),
        expected=(Is("a b", owner="Ben"),),
    ),
    _s(
        "reworded",
        (Item("a", "Put together a cost estimate for the roof repair", "Dev"),),
        (Item("b", "Put together the roof repair cost estimate", "Dev"),),
        expected=(Is("a b", owner="Dev"),),
    ),
    _s(
        "reworded",
        (Item("a", "Get back to the supplier about the delivery dates"),),
        (Item("b", "Get back to the supplier on delivery dates"),),
        expected=(Is("a b"),),
    ),
    _s(
        "reworded",
        (Item("a", "Anna will prepare the training material for the new hires"),),
        (Item("b", "Prepare training material for new hires"),),
        expected=(Is("a b"),),
    ),
    _s(
        "reworded",
        (Item("a", "Reach out to the press office about the interview", "Ben"),),
        (Item("b", "Contact the press office about the interview", "Ben"),),
        expected=(Is("a b", owner="Ben"),),
    ),
    _s(
        "reworded",
        (Item("a", "Create a dashboard for churn", "Dev"),),
        (Item("b", "Build the churn dashboard", "Dev"),),
        expected=(Is("a b", owner="Dev"),),
    ),
    _s(
        "reworded",
        (Item("a", "I'll send out the invitations for the open day"),),
        (Item("b", "Send out invitations to the open day"),),
        expected=(Is("a b"),),
    ),
    _s(
        "reworded decision",
        (Item("a", "The team decided to drop support for Windows 10", None, decision=True),),
        (Item("b", "Support for Windows 10 is dropped", None, decision=True),),
        expected=(Is("a b", owner=None),),
    ),
    # Handed over.
    _s(
        "handed over",
        (Item("a", "Update the emergency contact list", "Ben"),),
        (
            Item(
                "b",
                "Update the emergency contact list",
                "Clara",
                quote="Clara is taking over the emergency contact list from Ben.",
            ),
        ),
        expected=(Is("a b", "handed_over", owner="Clara"),),
    ),
    _s(
        "handed over",
        (Item("a", "Update the emergency contact list", "Ben"),),
        ("Ben: I can't get to the emergency contact list, Dev will do it instead.",),
        expected=(Is("a", "handed_over", "1:handed_over", owner="Dev"),),
    ),
    _s(
        "handed over",
        (Item("a", "Prepare the keynote slides"),),
        ("Anna: Clara takes over the keynote slides.",),
        ("Clara: The keynote slides are finished.",),
        expected=(Is("a", "done", "1:handed_over 2:done", owner="Clara"),),
    ),
    _s(
        "handed over",
        (Item("a", "Negotiate the lease with the owner", "Dev"),),
        ("Ben: Dev, I'll take the lease off your plate.",),
        expected=(Is("a", "handed_over", "1:handed_over", owner="Ben"),),
    ),
    _s(
        "handed over and back",
        (Item("a", "Draft the data policy", "Ben"),),
        (Item("b", "Draft the data policy", "Clara", quote="I'll take over the data policy from Ben."),),
        (Item("c", "Draft the data policy", "Ben", quote="Ben takes over the data policy again."),),
        expected=(Is("a b c", "handed_over", owner="Ben"),),
    ),
    # Slipped, once and twice.
    _s(
        "slipped",
        (Item("a", "Submit the grant application", due=4),),
        (Item("b", "Submit the grant application", due=11),),
        expected=(Is("a b", "slipped"),),
    ),
    _s(
        "slipped twice",
        (Item("a", "Submit the grant application", due=4),),
        (Item("b", "Submit the grant application", due=11),),
        (Item("c", "Submit the grant application", due=18),),
        ("Anna: I submitted the grant application on Monday.",),
        expected=(Is("a b c", "done", "3:done"),),
    ),
    _s(
        "slipped twice",
        (Item("a", "Finish the safety manual", "Ben", 3),),
        ("Ben: The safety manual will take until next Wednesday.",),
        ("Ben: The safety manual is going to be a week late, I need until the end of the month.",),
        expected=(Is("a", "slipped", "1:slipped 2:slipped", owner="Ben"),),
    ),
    _s(
        "slipped in words",
        (Item("a", "Deliver the prototype to the lab", "Dev", 4),),
        ("Dev: I'm afraid the prototype for the lab has been pushed back to the 20th of February.",),
        expected=(Is("a", "slipped", "1:slipped", owner="Dev"),),
    ),
    _s(
        "earlier now",
        (Item("a", "Deliver the prototype to the lab", "Dev", 11),),
        (Item("b", "Deliver the prototype to the lab", "Dev", 9),),
        expected=(Is("a b", owner="Dev"),),
    ),
    _s(
        "not slipped",
        (Item("a", "Deliver the prototype to the lab", "Dev", 4),),
        ("Dev: We deliver the brochure to the lab next week.",),
        expected=(Is("a", owner="Dev"),),
    ),
    # Done, in passing.
    _s(
        "done in passing",
        (Item("a", "Order the catering for the workshop", "Clara"),),
        ("Clara: By the way, I ordered the catering for the workshop, so that's off my list.",),
        expected=(Is("a", "done", "1:done", owner="Clara"),),
    ),
    _s(
        "done in passing",
        (Item("a", "Order the catering for the workshop", "Clara"),),
        ("Ben: Clara, did you order the catering for the workshop?", "Clara: Yes, I did that on Friday."),
        expected=(Is("a", "done", "1:done", owner="Clara"),),
    ),
    _s(
        "done in passing",
        (Item("a", "Fix the broken link on the careers page", "Dev"),),
        ("Dev: The broken link on the careers page is fixed and deployed.",),
        expected=(Is("a", "done", "1:done", owner="Dev"),),
    ),
    _s(
        "done in passing",
        (Item("a", "Upload the recordings to the archive", "Dev"),),
        ("Anna: Dev uploaded the recordings to the archive last night, thanks for that.",),
        expected=(Is("a", "done", "1:done", owner="Dev"),),
    ),
    _s(
        "done by another",
        (Item("a", "Upload the recordings to the archive", "Dev"),),
        ("Anna: I uploaded the recordings to the archive myself.",),
        expected=(Is("a", "done", "1:done", owner="Dev"),),
    ),
    _s(
        "done with a complaint",
        (Item("a", "Cancel the gym contract", "Ben"),),
        ("Ben: It took me an hour on the phone, but I cancelled the gym contract.",),
        expected=(Is("a", "done", "1:done", owner="Ben"),),
    ),
    _s(
        "nearly done",
        (Item("a", "Fix the broken link on the careers page", "Dev"),),
        ("Dev: The broken link on the careers page is almost fixed.",),
        expected=(Is("a", owner="Dev"),),
    ),
    _s(
        "half done",
        (Item("a", "Label the storage boxes", "Ben"),),
        ("Ben: I labelled half of the storage boxes.",),
        expected=(Is("a", owner="Ben"),),
    ),
    _s(
        "part done",
        (Item("a", "Send the contracts to Lyon and Porto"),),
        ("Anna: I sent the contract to Lyon.",),
        expected=(Is("a"),),
    ),
    _s(
        "only begun",
        (Item("a", "Review the fire plan", "Clara"),),
        ("Clara: I started reviewing the fire plan.",),
        expected=(Is("a", owner="Clara"),),
    ),
    _s(
        "asked, not answered",
        (Item("a", "Review the fire plan", "Clara"),),
        ("Ben: Is the fire plan reviewed?", "Clara: I hope to get to it on Thursday."),
        expected=(Is("a", owner="Clara"),),
    ),
    _s(
        "answered no",
        (Item("a", "Review the fire plan", "Clara"),),
        ("Ben: Is the fire plan reviewed?", "Clara: Not yet."),
        expected=(Is("a", owner="Clara"),),
    ),
    _s(
        "wanted done",
        (Item("a", "Review the fire plan", "Clara"),),
        ("Ben: I want to have the fire plan reviewed before the inspection.",),
        expected=(Is("a", owner="Clara"),),
    ),
    _s(
        "to be done",
        (Item("a", "Review the fire plan", "Clara"),),
        ("Clara: The fire plan needs to be reviewed by somebody from outside.",),
        expected=(Is("a", owner="Clara"),),
    ),
    _s(
        "believed done",
        (Item("a", "Review the fire plan", "Clara"),),
        ("Ben: I thought the fire plan was reviewed, but it wasn't.",),
        expected=(Is("a", owner="Clara"),),
    ),
    _s(
        "would be done",
        (Item("a", "Review the fire plan", "Clara"),),
        ("Ben: By June the fire plan will have been reviewed.",),
        expected=(Is("a", owner="Clara"),),
    ),
    _s(
        "done long ago elsewhere",
        (Item("a", "Review the fire plan", "Clara"),),
        ("Ben: The old office had its fire plan reviewed every year.",),
        expected=(Is("a", owner="Clara"),),
    ),
    # Dropped.
    _s(
        "dropped",
        (Item("a", "Organise the chess tournament", "Ben"),),
        ("Clara: Let's drop the chess tournament.",),
        expected=(Is("a", "dropped", "1:dropped", owner="Ben"),),
    ),
    _s(
        "dropped",
        (Item("a", "Organise the chess tournament", "Ben"),),
        ("Clara: We won't be doing the chess tournament this year.",),
        expected=(Is("a", "dropped", "1:dropped", owner="Ben"),),
    ),
    _s(
        "dropped",
        (Item("a", "Rent a second warehouse", "Dev"),),
        ("Anna: The second warehouse is off the table.",),
        expected=(Is("a", "dropped", "1:dropped", owner="Dev"),),
    ),
    _s(
        "dropped and again",
        (Item("a", "Rent a second warehouse", "Dev"),),
        ("Anna: We cancel the second warehouse.",),
        (Item("b", "Rent a second warehouse", "Dev"),),
        expected=(Is("a", "dropped", "1:dropped", owner="Dev"), Is("b", owner="Dev")),
    ),
    _s(
        "not dropped",
        (Item("a", "Organise the chess tournament", "Ben"),),
        ("Clara: We should not drop the chess tournament.",),
        expected=(Is("a", owner="Ben"),),
    ),
    _s(
        "asked whether to drop",
        (Item("a", "Organise the chess tournament", "Ben"),),
        ("Clara: Should we drop the chess tournament?",),
        expected=(Is("a", owner="Ben"),),
    ),
    _s(
        "another dropped",
        (Item("a", "Organise the chess tournament", "Ben"),),
        ("Clara: We cancelled the tennis tournament.",),
        expected=(Is("a", owner="Ben"),),
    ),
    _s(
        "perhaps dropped",
        (Item("a", "Organise the chess tournament", "Ben"),),
        ("Clara: Maybe we drop the chess tournament if nobody registers.",),
        expected=(Is("a", owner="Ben"),),
    ),
    # Superseded.
    _s(
        "superseded",
        (Item("a", "Hold the retreat in Prague", None, decision=True),),
        ("Anna: Instead of Prague we hold the retreat in Vienna.",),
        expected=(Is("a", "superseded", "1:superseded", owner=None),),
    ),
    _s(
        "not superseded",
        (Item("a", "Hold the retreat in Prague", None, decision=True),),
        ("Anna: The fair is in Vienna instead of Berlin.",),
        expected=(Is("a", owner=None),),
    ),
    # Split in two, and two alike by one person.
    _s(
        "split",
        (Item("a", "Send the contracts to Lyon and Porto"),),
        (Item("b", "Send the contract to Lyon"), Item("c", "Send the contract to Porto")),
        expected=(Is("a"), Is("b"), Is("c")),
    ),
    _s(
        "two alike",
        (Item("a", "Call the supplier in Turin"), Item("b", "Call the supplier in Genoa")),
        (Item("c", "Call the supplier in Genoa"), Item("d", "Call the supplier in Turin")),
        expected=(Is("a d"), Is("b c")),
    ),
    _s(
        "two alike",
        (Item("a", "Call the supplier in Turin"), Item("b", "Call the supplier in Genoa")),
        ("Anna: I called the supplier in Turin.",),
        expected=(Is("a", "done", "1:done"), Is("b")),
    ),
    _s(
        "two alike",
        (Item("a", "Call the supplier in Turin"), Item("b", "Call the supplier in Genoa")),
        ("Anna: I called the supplier.",),
        expected=(Is("a"), Is("b")),
    ),
    _s(
        "two alike",
        (Item("a", "Review the first draft of the handbook"),),
        (Item("b", "Review the second draft of the handbook"),),
        expected=(Is("a"), Is("b")),
    ),
    _s(
        "two alike",
        (Item("a", "Test the export with small files", "Dev"),),
        (Item("b", "Test the import with small files", "Dev"),),
        expected=(Is("a", owner="Dev"), Is("b", owner="Dev")),
    ),
    _s(
        "two alike",
        (Item("a", "Book a room for Monday"),),
        (Item("b", "Book a room for Thursday"),),
        expected=(Is("a"), Is("b")),
    ),
    _s(
        "two alike",
        (Item("a", "Invite the vendors from Italy", "Ben"),),
        (Item("b", "Invite the visitors from Italy", "Ben"),),
        expected=(Is("a", owner="Ben"), Is("b", owner="Ben")),
    ),
    # Same words, another project.
    _s(
        "another project",
        (Item("a", "Write the test plan for Falcon"),),
        (Item("b", "Write the test plan for Osprey"),),
        expected=(Is("a"), Is("b")),
    ),
    _s(
        "another project",
        (Item("a", "Write the test plan for Falcon"),),
        ("Anna: The test plan for Osprey is done.",),
        expected=(Is("a"),),
    ),
    _s(
        "another project",
        (Item("a", "Write the test plan for Falcon"), Item("b", "Write the test plan for Osprey")),
        ("Anna: The test plan for Osprey is done.",),
        expected=(Is("a"), Is("b", "done", "1:done")),
    ),
    _s(
        "version",
        (Item("a", "Release version 2.3 to the customers", "Dev"),),
        (Item("b", "Release version 2.4 to the customers", "Dev"),),
        expected=(Is("a", owner="Dev"), Is("b", owner="Dev")),
    ),
    _s(
        "version",
        (Item("a", "Release version 2.3 to the customers", "Dev"),),
        ("Dev: We released version 2.2 to the customers.",),
        expected=(Is("a", owner="Dev"),),
    ),
    # Two people of one first name.
    _s(
        "one first name",
        (Item("a", "Send the holiday plan to HR", "Anna Meyer"),),
        (Item("b", "Send the holiday plan to HR", "Anna Schmidt"),),
        expected=(Is("a", owner="Anna Meyer"), Is("b", owner="Anna Schmidt")),
        people=("Anna Meyer", "Anna Schmidt", "Ben"),
    ),
    _s(
        "one first name",
        (
            Item("a", "Send the holiday plan to HR", "Anna Meyer"),
            Item("b", "Send the holiday plan to HR", "Anna Schmidt"),
        ),
        (Item("c", "Send the holiday plan to HR", "Anna"),),
        expected=(Is("a", owner="Anna Meyer"), Is("b", owner="Anna Schmidt"), Is("c")),
        people=("Anna Meyer", "Anna Schmidt", "Ben"),
    ),
    _s(
        "one first name",
        (Item("a", "Send the holiday plan to HR", "Anna Meyer"),),
        (Item("b", "Send the holiday plan to HR", "Anna"),),
        expected=(Is("a", owner="Anna Meyer"), Is("b")),
        people=("Anna Meyer", "Anna Schmidt", "Ben"),
    ),
    _s(
        "one name short",
        (Item("a", "Send the holiday plan to HR", "Anna Meyer"),),
        (Item("b", "Send the holiday plan to HR", "Anna"),),
        expected=(Is("a b"),),
        people=("Anna Meyer", "Ben"),
    ),
    _s(
        "each reports own",
        (Item("a", "Submit your timesheet", "Ben"), Item("b", "Submit your timesheet", "Clara")),
        ("Clara: I submitted my timesheet.",),
        expected=(Is("a", owner="Ben"), Is("b", "done", "1:done", owner="Clara")),
    ),
    # Recurring duties.
    _s(
        "recurring",
        (Item("a", "Send the weekly report to the board", due=4),),
        (Item("b", "Send the weekly report to the board", due=11),),
        (Item("c", "Send the weekly report to the board", due=18),),
        expected=(Is("a"), Is("b"), Is("c")),
    ),
    _s(
        "recurring, done",
        (Item("a", "Send the weekly report to the board", due=4),),
        ("Anna: I sent the weekly report to the board.", Item("b", "Send the weekly report to the board", due=11)),
        expected=(Is("a", "done", "1:done"), Is("b")),
    ),
    _s(
        "recurring by place",
        (Item("a", "Take the minutes for this meeting", "Ben"),),
        (Item("b", "Take the minutes for this meeting", "Ben"),),
        expected=(Is("a", owner="Ben"), Is("b", owner="Ben")),
    ),
    _s(
        "recurring by place",
        (Item("a", "Prepare the agenda for the next meeting", "Ben"),),
        (Item("b", "Prepare the agenda for the next meeting", "Ben"),),
        expected=(Is("a", owner="Ben"), Is("b", owner="Ben")),
    ),
    _s(
        "recurring by month",
        (Item("a", "Close the books for January", "Clara"),),
        (Item("b", "Close the books for February", "Clara"),),
        expected=(Is("a", owner="Clara"), Is("b", owner="Clara")),
    ),
    # Due dates that pass.
    _s(
        "due passed in silence",
        (Item("a", "Pay the deposit for the hall", due=2),),
        ("Ben: Good morning.",),
        ("Ben: Let's start.",),
        expected=(Is("a"),),
    ),
    _s(
        "due passed, again",
        (Item("a", "Pay the deposit for the hall", due=2),),
        (Item("b", "Pay the deposit for the hall", due=None),),
        expected=(Is("a b"),),
    ),
    # Negated.
    _s(
        "negated",
        (Item("a", "Tell the press about the merger", "Ben"),),
        (Item("b", "Do not tell the press about the merger", "Ben"),),
        expected=(Is("a", owner="Ben"), Is("b", owner="Ben")),
    ),
    _s(
        "negated",
        (Item("a", "Renew the domain", "Dev"),),
        ("Dev: I didn't renew the domain.",),
        expected=(Is("a", owner="Dev"),),
    ),
    _s(
        "negated",
        (Item("a", "Renew the domain", "Dev"),),
        ("Dev: Nobody renewed the domain.",),
        expected=(Is("a", owner="Dev"),),
    ),
    _s(
        "negated",
        (Item("a", "Renew the domain", "Dev"),),
        ("Dev: I forgot to renew the domain.",),
        expected=(Is("a", owner="Dev"),),
    ),
    _s(
        "negated",
        (Item("a", "Renew the domain", "Dev"),),
        ("Dev: The domain hasn't been renewed.",),
        expected=(Is("a", owner="Dev"),),
    ),
    _s(
        "failed",
        (Item("a", "Renew the domain", "Dev"),),
        ("Dev: I tried to renew the domain, but the card was refused.",),
        expected=(Is("a", owner="Dev"),),
    ),
    _s(
        "reported speech",
        (Item("a", "Renew the domain", "Dev"),),
        ("Ben: Dev said he would renew the domain.",),
        expected=(Is("a", owner="Dev"),),
    ),
    _s(
        "undone",
        (Item("a", "Renew the domain", "Dev"),),
        ("Dev: I renewed the domain.",),
        (Item("b", "Renew the domain", "Dev", quote="The payment bounced, so I have to renew the domain again."),),
        expected=(Is("a", "done", "1:done", owner="Dev"), Is("b", owner="Dev")),
    ),
    # Ended within the meeting where it is an item.
    _s(
        "ended inside",
        (Item("a", "Print the badges", "Ben"),),
        (Item("b", "Print the badges", "Ben", status="done"),),
        expected=(Is("a b", "done", owner="Ben"),),
    ),
    # More said of the same, in the same meeting.
    _s(
        "said twice",
        (Item("a", "Print the badges", "Ben"),),
        ("Ben: The badges are printed.", "Clara: Great, the badges are printed then."),
        expected=(Is("a", "done", "1:done", owner="Ben"),),
    ),
    _s(
        "said and taken back",
        (Item("a", "Print the badges", "Ben"),),
        ("Clara: The badges are printed.", "Ben: No, the badges are not printed yet."),
        expected=(Is("a", owner="Ben"),),
    ),
    # Opposite verbs.
    _s(
        "opposite",
        (Item("a", "Install the ventilation in the lab", "Dev"),),
        (Item("b", "Remove the ventilation in the lab", "Dev"),),
        expected=(Is("a", owner="Dev"), Is("b", owner="Dev")),
    ),
    _s(
        "next step",
        (Item("a", "Write the proposal for Contoso"),),
        (Item("b", "Present the proposal for Contoso"),),
        expected=(Is("a"), Is("b")),
    ),
    _s(
        "next step",
        (Item("a", "Write the proposal for Contoso"),),
        ("Anna: Contoso accepted the proposal.",),
        expected=(Is("a"),),
    ),
    _s(
        "next step",
        (Item("a", "Review the proposal for Contoso"),),
        ("Ben: The proposal for Contoso is written.",),
        expected=(Is("a"),),
    ),
    # What was done to it is something else.
    _s(
        "something else done",
        (Item("a", "Write the release notes", "Ben"),),
        ("Ben: The release notes have been postponed until Friday.",),
        expected=(Is("a", "slipped", "1:slipped", owner="Ben"),),
    ),
    _s(
        "something else done",
        (Item("a", "Write the release notes", "Ben"),),
        ("Clara: We discussed the release notes yesterday.",),
        expected=(Is("a", owner="Ben"),),
    ),
    _s(
        "something else done",
        (Item("a", "Finish the safety manual", "Ben"),),
        ("Clara: I have read the safety manual.",),
        expected=(Is("a", owner="Ben"),),
    ),
    _s(
        "something else done",
        (Item("a", "Finish the safety manual", "Ben"),),
        ("Clara: The safety manual was criticised by the union.",),
        expected=(Is("a", owner="Ben"),),
    ),
    _s(
        "something else done",
        (Item("a", "Prepare the budget for the board", "Clara"),),
        ("Ben: I sent the old budget to the board.",),
        expected=(Is("a", owner="Clara"),),
    ),
    _s(
        "done in other words",
        (Item("a", "Prepare the budget for the board", "Clara"),),
        ("Clara: I've drafted the budget for the board.",),
        expected=(Is("a", "done", "1:done", owner="Clara"),),
    ),
    _s(
        "done in other words",
        (Item("a", "Write the release notes", "Ben"),),
        ("Ben: The release notes are out.",),
        expected=(Is("a", "done", "1:done", owner="Ben"),),
    ),
    _s(
        "habit",
        (Item("a", "Send the figures to the bank"),),
        ("Ben: The figures are sent to the bank every Monday.",),
        expected=(Is("a"),),
    ),
    _s(
        "condition",
        (Item("a", "Print the badges", "Ben"),),
        ("Clara: After the badges are printed we can open the doors.",),
        expected=(Is("a", owner="Ben"),),
    ),
    _s(
        "purpose",
        (Item("a", "Print the badges", "Ben"),),
        ("Clara: I came in early so that the badges are printed in time.",),
        expected=(Is("a", owner="Ben"),),
    ),
    _s(
        "somebody else's",
        (Item("a", "Submit your timesheet", "Ben"),),
        ("Clara: I submitted my timesheet.",),
        expected=(Is("a", owner="Ben"),),
    ),
    _s(
        "begun",
        (Item("a", "Paint the lobby", "Dev"),),
        ("Dev: I began to paint the lobby.",),
        expected=(Is("a", owner="Dev"),),
    ),
    _s(
        "promised",
        (Item("a", "Paint the lobby", "Dev"),),
        ("Dev: I promised to paint the lobby.",),
        expected=(Is("a", owner="Dev"),),
    ),
    _s(
        "managed",
        (Item("a", "Paint the lobby", "Dev"),),
        ("Dev: I managed to paint the lobby.",),
        expected=(Is("a", "done", "1:done", owner="Dev"),),
    ),
    _s(
        "undoing task",
        (Item("a", "Remove the old cameras", "Dev"),),
        ("Dev: I removed the old cameras.",),
        expected=(Is("a", "done", "1:done", owner="Dev"),),
    ),
    _s(
        "undoing task",
        (Item("a", "Cancel the gym contract", "Ben"),),
        ("Clara: Let's cancel the gym contract.",),
        expected=(Is("a", owner="Ben"),),
    ),
    _s(
        "undoing task",
        (Item("a", "Cancel the gym contract", "Ben"),),
        ("Ben: The gym contract is cancelled.",),
        expected=(Is("a", "done", "1:done", owner="Ben"),),
    ),
    _s(
        "month",
        (Item("a", "Close the books for January", "Clara"),),
        ("Clara: I closed the books for February.",),
        expected=(Is("a", owner="Clara"),),
    ),
    _s(
        "month",
        (Item("a", "Close the books for January", "Clara"),),
        ("Clara: I closed the books for January.",),
        expected=(Is("a", "done", "1:done", owner="Clara"),),
    ),
    _s(
        "date in the words",
        (Item("a", "Submit the grant application by 6 February", due=4, due_words="by 6 February"),),
        (Item("b", "Submit the grant application by 13 February", due=11, due_words="by 13 February"),),
        expected=(Is("a b", "slipped"),),
    ),
    _s(
        "two of one name",
        (Item("a", "Check the invoices", "Ben"),),
        ("Ben: Anna will check the invoices instead.",),
        expected=(Is("a", "handed_over", "1:handed_over", owner="Anna"),),
        people=("Anna Meyer", "Anna Schmidt", "Ben"),
    ),
    _s(
        "owner in two forms",
        (Item("a", "Check the invoices", "Bernd Olsen"),),
        (Item("b", "Check the invoices", "Bernd"),),
        (Item("c", "Check the invoices", "Bernd Olsen"),),
        expected=(Is("a b c", owner="Bernd Olsen"),),
        people=("Bernd Olsen", "Anna Meyer"),
    ),
    _s(
        "done, then again next month",
        (Item("a", "Check the invoices"),),
        ("Anna: I checked the invoices.",),
        ("Ben: Good morning.",),
        (Item("b", "Check the invoices"),),
        expected=(Is("a", "done", "1:done"), Is("b")),
    ),
    _s(
        "silence, then done",
        (Item("a", "Book the ferry"),),
        ("Ben: Good morning.",),
        ("Ben: Good morning.",),
        ("Anna: I booked the ferry.",),
        expected=(Is("a", "done", "3:done"),),
    ),
    _s(
        "answered later",
        (Item("a", "Book the ferry"),),
        ("Ben: Did you book the ferry?", "Clara: Sorry, I am late.", "Anna: Yes, it's done."),
        expected=(Is("a"),),
    ),
    _s(
        "two questions",
        (Item("a", "Book the ferry"), Item("b", "Book the hotel")),
        ("Ben: Is the hotel booked?", "Anna: It's done.", "Ben: And the ferry?", "Anna: Not yet."),
        expected=(Is("a"), Is("b", "done", "1:done")),
    ),
    _s(
        "denied",
        (Item("a", "Print the badges", "Ben"),),
        ("Clara: The badges are printed.", "Ben: No, not yet."),
        expected=(Is("a", owner="Ben"),),
    ),
    _s(
        "done after all",
        (Item("a", "Print the badges", "Ben"),),
        ("Ben: The badges are not printed yet.", "Clara: The badges were printed this morning."),
        expected=(Is("a", "done", "1:done", owner="Ben"),),
    ),
    _s(
        "done in both parts",
        (Item("a", "Send the contracts to Lyon and Porto"),),
        ("Anna: I sent the contracts to Lyon and Porto.",),
        expected=(Is("a", "done", "1:done"),),
    ),
)

ASIDE: Final = (
    # Written after the rules, and not used to change them.
    _s(
        "aside",
        (Item("a", "Ship the replacement parts to Oslo", "Dev"),),
        ("Dev: The replacement parts left for Oslo on Monday.",),
        expected=(Is("a", owner="Dev"),),
    ),
    _s(
        "aside",
        (Item("a", "Ship the replacement parts to Oslo", "Dev"),),
        ("Dev: I shipped the replacement parts to Oslo on Monday.",),
        expected=(Is("a", "done", "1:done", owner="Dev"),),
    ),
    _s(
        "aside",
        (Item("a", "Set up the shared calendar"),),
        ("Anna: The shared calendar is set up now.",),
        expected=(Is("a", "done", "1:done"),),
    ),
    _s(
        "aside",
        (Item("a", "Set up the shared calendar"),),
        (Item("b", "Create the shared calendar"),),
        expected=(Is("a b"),),
    ),
    _s(
        "aside",
        (Item("a", "Find a speaker for the autumn event", "Clara"),),
        ("Clara: I found a speaker for the autumn event, she is from Bergen.",),
        expected=(Is("a", "done", "1:done", owner="Clara"),),
    ),
    _s(
        "aside",
        (Item("a", "Find a speaker for the autumn event", "Clara"),),
        ("Clara: I still haven't found a speaker for the autumn event.",),
        expected=(Is("a", owner="Clara"),),
    ),
    _s(
        "aside",
        (Item("a", "Find a speaker for the autumn event", "Clara"),),
        ("Ben: The speaker for the autumn event asked for a projector.",),
        expected=(Is("a", owner="Clara"),),
    ),
    _s(
        "aside",
        (Item("a", "Repair the gate"), Item("b", "Repair the fence")),
        ("Anna: I repaired the gate and the fence.",),
        expected=(Is("a", "done", "1:done"), Is("b", "done", "1:done")),
    ),
    _s(
        "aside",
        (Item("a", "Repair the gate"), Item("b", "Paint the gate")),
        ("Anna: The gate is repaired.",),
        expected=(Is("a", "done", "1:done"), Is("b")),
    ),
    _s(
        "aside",
        (Item("a", "Train the volunteers", "Ben"),),
        ("Ben: We trained the volunteers on Saturday, it went well.",),
        expected=(Is("a", "done", "1:done", owner="Ben"),),
    ),
    _s(
        "aside",
        (Item("a", "Train the volunteers", "Ben"),),
        ("Ben: The volunteers trained us last year.",),
        expected=(Is("a", owner="Ben"),),
    ),
    _s(
        "aside",
        (Item("a", "Check the smoke detectors", "Dev", 4),),
        (Item("b", "Check the smoke detectors", "Dev", 11),),
        (
            Item(
                "c",
                "Check the smoke detectors",
                "Clara",
                11,
                quote="Dev is ill, so Clara checks the smoke detectors instead.",
            ),
        ),
        ("Clara: The smoke detectors have all been checked.",),
        expected=(Is("a b c", "done", "3:done", owner="Clara"),),
    ),
    _s(
        "aside",
        (Item("a", "Answer the letter of the ministry"),),
        ("Anna: The letter of the ministry has been answered.",),
        expected=(Is("a", "done", "1:done"),),
    ),
    _s(
        "aside",
        (Item("a", "Answer the letter of the ministry"),),
        ("Ben: The ministry answered our letter.",),
        expected=(Is("a"),),
    ),
    _s(
        "aside",
        (Item("a", "Move the archive to the cellar", "Ben"),),
        ("Ben: The archive can't be moved to the cellar, it is damp.",),
        expected=(Is("a", owner="Ben"),),
    ),
    _s(
        "aside",
        (Item("a", "Move the archive to the cellar", "Ben"),),
        ("Clara: We called off the move of the archive to the cellar.",),
        expected=(Is("a", "dropped", "1:dropped", owner="Ben"),),
    ),
    _s(
        "aside",
        (Item("a", "Write the speech for the jubilee"),),
        ("Clara: I'll take over the speech for the jubilee.",),
        ("Clara: I've written the speech for the jubilee.",),
        expected=(Is("a", "done", "1:handed_over 2:done", owner="Clara"),),
    ),
    _s(
        "aside",
        (Item("a", "Write the speech for the jubilee"),),
        ("Clara: The speech for the jubilee must be written by May.",),
        expected=(Is("a"),),
    ),
    _s(
        "aside",
        (Item("a", "Write the speech for the jubilee"),),
        ("Clara: I heard the speech for the jubilee is written by an agency.",),
        expected=(Is("a"),),
    ),
    _s(
        "aside",
        (Item("a", "Insure the van", "Ben"),),
        (Item("b", "Insure the bikes", "Ben"),),
        expected=(Is("a", owner="Ben"), Is("b", owner="Ben")),
    ),
    _s(
        "aside",
        (Item("a", "Insure the van", "Ben"),),
        (Item("b", "Sell the van", "Ben"),),
        expected=(Is("a", owner="Ben"), Is("b", owner="Ben")),
    ),
    _s(
        "aside",
        (Item("a", "Count the votes of the west wing"),),
        (Item("b", "Count the votes of the east wing"),),
        expected=(Is("a"), Is("b")),
    ),
    _s(
        "aside",
        (Item("a", "Ask Ms Orta for the floor plan"),),
        (Item("b", "Ask Ms Orta about the floor plan"),),
        expected=(Is("a b"),),
    ),
    _s(
        "aside",
        (Item("a", "Ask Ms Orta for the floor plan"),),
        ("Anna: Ms Orta sent me the floor plan.",),
        expected=(Is("a"),),
    ),
    _s(
        "aside",
        (Item("a", "Ask Ms Orta for the floor plan"),),
        ("Anna: I asked Ms Orta for the floor plan, she has none.",),
        expected=(Is("a", "done", "1:done"),),
    ),
    _s(
        "aside",
        (Item("a", "Order two hundred lanyards", "Clara"),),
        (Item("b", "Order three hundred lanyards", "Clara"),),
        expected=(Is("a", owner="Clara"), Is("b", owner="Clara")),
    ),
    _s(
        "aside",
        (Item("a", "Order two hundred lanyards", "Clara"),),
        ("Clara: The lanyards are ordered.",),
        expected=(Is("a", "done", "1:done", owner="Clara"),),
    ),
    _s(
        "aside",
        (Item("a", "Order two hundred lanyards", "Clara"),),
        ("Ben: Were the lanyards ordered?", "Clara: Yes, they're done."),
        expected=(Is("a", "done", "1:done", owner="Clara"),),
    ),
    _s(
        "aside",
        (Item("a", "Order two hundred lanyards", "Clara"),),
        ("Clara: I wanted to order the lanyards, but the shop had closed.",),
        expected=(Is("a", owner="Clara"),),
    ),
    _s(
        "aside",
        (Item("a", "Approve the poster", "Ben"),),
        ("Ben: I did not approve the poster.",),
        expected=(Is("a", owner="Ben"),),
    ),
    _s(
        "aside",
        (Item("a", "Approve the poster", "Ben"),),
        ("Clara: Ben approved the poster on the phone.",),
        expected=(Is("a", "done", "1:done", owner="Ben"),),
    ),
    _s(
        "aside",
        (Item("a", "Approve the poster", "Ben"),),
        ("Clara: The poster that the city approved is too large.",),
        expected=(Is("a", owner="Ben"),),
    ),
    _s(
        "aside",
        (Item("a", "Approve the poster for the fair", "Ben"),),
        (Item("b", "Approve the poster for the concert", "Ben"),),
        expected=(Is("a", owner="Ben"), Is("b", owner="Ben")),
    ),
    _s(
        "aside",
        (Item("a", "We close the canteen in August", None, decision=True),),
        (Item("b", "The canteen stays open in August", None, decision=True),),
        expected=(Is("a", owner=None), Is("b", owner=None)),
    ),
    _s(
        "aside",
        (Item("a", "We close the canteen in August", None, decision=True),),
        (Item("b", "The canteen is closed in August", None, decision=True),),
        expected=(Is("a b", owner=None),),
    ),
    _s(
        "aside",
        (Item("a", "We close the canteen in August", None, decision=True),),
        (Item("b", "We close the canteen in July", None, decision=True),),
        expected=(Is("a", owner=None), Is("b", owner=None)),
    ),
)
