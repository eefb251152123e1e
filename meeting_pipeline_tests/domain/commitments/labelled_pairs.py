"""Labelled pairs: an item of one meeting, and an item or a sentence of a later meeting of the same series. Invented text.

Written before the rules that are measured with it. ``same``: a person who reads both says that they are about the same
commitment. Must not go here: the rules' opinion.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Pair:
    """Two items. ``quote``: what was said in the later meeting; empty: the text of the item."""

    earlier: str
    owner: str | None
    later: str
    later_owner: str | None
    same: bool
    quote: str = ""
    decision: bool = False


@dataclass(frozen=True)
class Told:
    """An item, and one sentence of a later meeting. ``state``: what it says about the item; ``None``: nothing."""

    earlier: str
    owner: str | None
    speaker: str
    sentence: str
    state: str | None
    decision: bool = False


PAIRS: Final = (
    # The same commitment, in other words or with more or fewer of them.
    Pair("Send the price list to Acme", "Anna", "Send Acme the price list", "Anna", True),
    Pair("Send the price list to Acme", "Anna", "Email the price list to Acme by Friday", "Anna", True),
    Pair("Write the release notes", "Ben", "Finish the release notes", "Ben", True),
    Pair("Prepare the budget for the board", "Clara", "Complete the board budget", "Clara", True),
    Pair("Fix the login bug on Android", "Dev", "Fix the Android login bug", "Dev", True),
    Pair("Call the landlord about the heating", "Ben", "Phone the landlord about the heating", "Ben", True),
    Pair("Book the venue for the summer party", "Anna", "Book the summer party venue", "Anna", True),
    Pair("Order the new projector", "Clara", "Buy a new projector", "Clara", True),
    Pair("Update the onboarding checklist", "Dev", "Update the onboarding checklist for contractors", "Dev", True),
    Pair("Draft the contract for Nordwind", "Anna", "Send the draft contract for Nordwind to legal", "Anna", False),
    Pair("Migrate the billing database", "Ben", "Migrate the billing database to the new cluster", "Ben", True),
    Pair("Interview the three candidates", "Clara", "Interview the candidates", "Clara", True),
    Pair("Check whether the backup restores", "Dev", "Verify that the backup restores", "Dev", True),
    Pair("Set up the test environment", "Anna", "Set up the test environment", None, True),
    Pair("Review the security audit", None, "Review the security audit", "Ben", True),
    Pair("Translate the brochure into French", "Clara", "Translate the French brochure", "Clara", True),
    Pair("Arrange a meeting with the union", "Ben", "Schedule the meeting with the union", "Ben", True),
    Pair("Collect feedback from the pilot customers", "Dev", "Gather feedback from pilot customers", "Dev", True),
    Pair("Publish the survey results", "Anna", "Publish the results of the survey", "Anna", True),
    Pair("Renew the office insurance", "Clara", "Renew the insurance of the office", "Clara", True),
    Pair("Clean up the staging server", "Dev", "Clean up the staging server and its logs", "Dev", True),
    Pair("Write the job description for the designer", "Anna", "Write the designer job description", "Anna", True),
    Pair("Prepare a forecast for the fourth quarter", "Ben", "Prepare the Q4 forecast", "Ben", True),
    Pair("Look into the slow export", "Dev", "Investigate why the export is slow", "Dev", True),
    Pair("Get a quote from the printer", "Clara", "Get the quote of the printer", "Clara", True),
    # Handed over: another owner, and words that say so.
    Pair(
        "Write the release notes", "Ben", "Write the release notes", "Clara", True,
        quote="I'll take over the release notes from Ben.",
    ),
    Pair(
        "Book the venue for the summer party", "Anna", "Book the venue for the summer party", "Dev", True,
        quote="Dev will book the venue for the summer party instead of Anna.",
    ),
    Pair(
        "Call the landlord about the heating", "Ben", "Call the landlord about the heating", "Anna", True,
        quote="Ben is on leave, so I will call the landlord about the heating.",
    ),
    # Decisions that are repeated.
    Pair("We use PostgreSQL for the archive", None, "The archive uses PostgreSQL", None, True, decision=True),
    Pair("The launch moves to the third of March", None, "Launch on 3 March", None, True, decision=True),
    Pair("We hire two more developers", None, "Hire two developers", None, True, decision=True),
    # Another object, person, number or place: another commitment.
    Pair("Send the price list to Acme", "Anna", "Send the price list to Globex", "Anna", False),
    Pair("Send the price list to Acme", "Anna", "Send the invoice to Acme", "Anna", False),
    Pair("Write the release notes", "Ben", "Write the minutes", "Ben", False),
    Pair("Send your status report", "Anna", "Send your status report", "Ben", False),
    Pair("Book flights for the trade fair", "Clara", "Book flights for the trade fair", "Dev", False),
    Pair("Pay invoice 4711", "Clara", "Pay invoice 4712", "Clara", False),
    Pair("Fix the login bug on Android", "Dev", "Fix the login bug on iOS", "Dev", False),
    Pair("Fix the login bug on Android", "Dev", "Fix the crash on Android", "Dev", False),
    Pair("Order new chairs for the meeting room", "Anna", "Order new desks for the meeting room", "Anna", False),
    Pair("Prepare the budget for the board", "Clara", "Review the budget for the board", "Clara", False),
    Pair("Call the landlord about the heating", "Ben", "Call the landlord about the rent", "Ben", False),
    Pair("Interview the three candidates", "Clara", "Reject the three candidates", "Clara", False),
    Pair("Approve the travel request", "Anna", "Reject the travel request", "Anna", False),
    Pair("Send the report", "Ben", "Send the security report to the auditors", "Ben", False),
    Pair("Update the website", "Dev", "Update the imprint on the website", "Dev", False),
    Pair("Hire a designer", "Anna", "Hire a tester", "Anna", False),
    Pair("Test the app on the new phones", "Dev", "Test the app with the pilot customers", "Dev", False),
    Pair("Ask legal about the licence", "Ben", "Ask finance about the licence", "Ben", False),
    Pair("Do not publish the survey results", "Anna", "Publish the survey results", "Anna", False),
    Pair("Set up the account for Maria", "Dev", "Set up the account for Pavel", "Dev", False),
    Pair("Write to the customers in Spain", "Clara", "Write to the customers in Italy", "Clara", False),
    Pair("Clean the kitchen", "Ben", "Clean the data", "Ben", False),
    Pair("Prepare the agenda", "Anna", "Prepare the slides", "Anna", False),
    Pair("Send the samples to Lyon", "Ben", "Send the contract to Lyon", "Ben", False),
    Pair("Migrate the billing database", "Ben", "Migrate the customer database", "Ben", False),
    Pair("Send the weekly report every Friday", "Ben", "Send the weekly report every Friday", "Ben", False),
    Pair("Lower the price of the starter plan", None, "Raise the price of the starter plan", None, False, decision=True),
    Pair("We use PostgreSQL for the archive", None, "We use SQLite for the archive", None, False, decision=True),
    Pair("Open the office in Graz", None, "Close the office in Graz", None, False, decision=True),
    Pair("Budget of ten thousand for the fair", None, "Budget of twelve thousand for the fair", None, False, decision=True),
)  # fmt: skip

TOLD: Final = (
    Told("Send the price list to Acme", "Anna", "Anna", "I sent the price list to Acme on Tuesday.", "done"),
    Told("Send the price list to Acme", "Anna", "Ben", "Anna has already sent Acme the price list.", "done"),
    Told("Write the release notes", "Ben", "Ben", "The release notes are done.", "done"),
    Told("Book the venue for the summer party", "Anna", "Anna", "I've booked the venue for the party.", "done"),
    Told("Fix the login bug on Android", "Dev", "Dev", "The Android login bug was fixed last week.", "done"),
    Told("Order the new projector", "Clara", "Clara", "We bought the new projector yesterday.", "done"),
    Told("Migrate the billing database", "Ben", "Dev", "The billing database has been migrated.", "done"),
    Told("Interview the three candidates", "Clara", "Clara", "I finished the interviews with the three candidates.", "done"),
    Told("Call the landlord about the heating", "Ben", "Ben", "I called the landlord about the heating.", "done"),
    Told("Prepare the budget for the board", "Clara", "Clara", "The board budget is finished.", "done"),
    Told("Translate the brochure into French", "Clara", "Anna", "We drop the French brochure.", "dropped"),
    Told("Book the venue for the summer party", "Anna", "Ben", "The summer party is cancelled.", "dropped"),
    Told(
        "Migrate the billing database", "Ben", "Dev",
        "We are not going to migrate the billing database after all.", "dropped",
    ),
    Told("Hire a designer", "Anna", "Clara", "We no longer need to hire a designer.", "dropped"),
    Told("Write the release notes", "Ben", "Ben", "I need until next Friday for the release notes.", "slipped"),
    Told("Prepare the budget for the board", "Clara", "Clara", "The board budget slips to the 15th of March.", "slipped"),
    Told("Renew the office insurance", "Clara", "Clara", "I'll renew the office insurance next week instead.", "slipped"),
    Told("Write the release notes", "Ben", "Clara", "I'll take over the release notes from Ben.", "handed_over"),
    Told(
        "Call the landlord about the heating", "Ben", "Ben",
        "Anna will call the landlord about the heating instead.", "handed_over",
    ),
    Told(
        "We use PostgreSQL for the archive", None, "Anna",
        "We use SQLite instead of PostgreSQL for the archive.", "superseded", decision=True,
    ),
    Told("Paint the lobby blue", None, "Ben", "Instead of blue we paint the lobby grey.", "superseded", decision=True),
    # Nothing is said about the item.
    Told("Send the price list to Acme", "Anna", "Anna", "I sent the price list to Globex on Tuesday.", None),
    Told("Send the price list to Acme", "Anna", "Anna", "I haven't sent the price list to Acme yet.", None),
    Told("Send the price list to Acme", "Anna", "Ben", "Have you sent the price list to Acme?", None),
    Told("Send the price list to Acme", "Anna", "Anna", "I will send the price list to Acme.", None),
    Told("Write the release notes", "Ben", "Ben", "The release notes are not done.", None),
    Told("Write the release notes", "Ben", "Ben", "The minutes are done.", None),
    Told("Write the release notes", "Ben", "Clara", "When the release notes are done, we can ship.", None),
    Told("Fix the login bug on Android", "Dev", "Dev", "The login bug on iOS was fixed last week.", None),
    Told("Book the venue for the summer party", "Anna", "Anna", "I booked a hotel for the trade fair.", None),
    Told("Order the new projector", "Clara", "Clara", "The new projector should be ordered soon.", None),
    Told("Migrate the billing database", "Ben", "Dev", "The customer database has been migrated.", None),
    Told("Call the landlord about the heating", "Ben", "Ben", "I called the landlord about the rent.", None),
    Told("Pay invoice 4711", "Clara", "Clara", "I paid invoice 4712.", None),
    Told("Prepare the budget for the board", "Clara", "Ben", "The board was finished early last time.", None),
    Told("Hire a designer", "Anna", "Clara", "We no longer need to hire a tester.", None),
    Told("Translate the brochure into French", "Clara", "Anna", "We do not drop the French brochure.", None),
    Told("Renew the office insurance", "Clara", "Clara", "The office moves next week.", None),
    Told(
        "Interview the three candidates", "Clara", "Ben",
        "If Clara interviewed the three candidates, we could decide.", None,
    ),
    Told("Update the website", "Dev", "Dev", "I updated my laptop.", None),
    Told(
        "We use PostgreSQL for the archive", None, "Anna",
        "We use Kafka instead of RabbitMQ for the queue.", None, decision=True,
    ),
)  # fmt: skip
