"""Claims by kind, false and true: for each way in which words seem to say something, what they do say.

Must not go here: claims that are false for plainer reasons (``false_items.py``).
"""

from typing import Any, Final

from meeting_pipeline_tests.domain.verification.meetings import Recap, Resolution, Task

CREW: Final[dict[str, Any]] = {"names": {"A": "Marta Voss", "B": "Ben Okafor", "C": "Lucy Tan"}}
OTHER_CREW: Final[dict[str, Any]] = {"names": {"A": "Ingrid Moe", "B": "Sam Reyes", "C": "Tobias Kern"}}

FALSE_BY_KIND: Final[dict[str, tuple[Task | Resolution | Recap, ...]]] = {
    "another speaker in the text": (
        Task(
            (
                "A: Who needs the wiring plan?",
                "B: I'll send the wiring plan to Lucy this afternoon.",
                "C: Lovely, thanks.",
            ),
            "Send the wiring plan to {A}",
            "B",
            "I'll send the wiring plan to Lucy this afternoon",
            (1,),
            more=CREW,
        ),
        Task(
            ("C: I can go through the pricing sheet with Ben before lunch.", "B: Sounds good."),
            "Go through the pricing sheet with {A}",
            "C",
            "I can go through the pricing sheet with Ben before lunch",
            (0,),
            more=CREW,
        ),
        Resolution(
            ("A: We agreed that Lucy presents the numbers to the board.", "B: Yep."),
            "{B} presents the numbers to the board",
            ("A",),
            "We agreed that Lucy presents the numbers to the board",
            (0,),
            more=CREW,
        ),
        Task(
            ("C: I'll hand the samples to Sam tomorrow morning.", "B: Great.", "A: Next."),
            "Hand the samples to {A}",
            "C",
            "I'll hand the samples to Sam tomorrow morning",
            (0,),
            more=OTHER_CREW,
        ),
        Recap(
            ("A: The kiln broke on Sunday.", "B: I called the repair firm on Monday.", "C: They want 900 euros."),
            "{C} called the repair firm on Monday.",
            (0, 1, 2),
            more=OTHER_CREW,
        ),
    ),
    "a request that is declined, or that nobody takes": (
        Task(
            (
                "A: Ben, could you take the fire drill paperwork this time?",
                "B: Honestly I'm completely swamped until the audit is over.",
                "A: Okay, we'll see.",
            ),
            "Take the fire drill paperwork",
            "B",
            "could you take the fire drill paperwork this time",
            (0,),
            more=CREW,
        ),
        Task(
            (
                "A: Would you mind drafting the tender reply?",
                "C: Ask Henrik, he knows the client much better than me.",
                "A: Hm.",
            ),
            "Draft the tender reply",
            "C",
            "Would you mind drafting the tender reply?",
            (0,),
        ),
        Task(
            (
                "A: Lucy, please translate the safety leaflet.",
                "C: My Spanish is terrible, honestly.",
                "B: Anyway, next point, the parking.",
            ),
            "Translate the safety leaflet",
            "C",
            "please translate the safety leaflet",
            (0,),
            more=CREW,
        ),
        Task(
            (
                "A: Can somebody water the plants over Easter?",
                "B: So, what about the parking spaces?",
                "C: They're full again.",
            ),
            "Water the plants over Easter",
            None,
            "Can somebody water the plants over Easter?",
            (0,),
        ),
        Task(
            (
                "A: Tobias, would you chair the safety committee?",
                "C: That's very flattering, but I've got three committees as it is.",
            ),
            "Chair the safety committee",
            "C",
            "would you chair the safety committee?",
            (0,),
            more=OTHER_CREW,
        ),
        Task(
            (
                "A: It'd be great if one of you could clean the projector.",
                "B: Did you see the match last night?",
                "C: Don't remind me.",
            ),
            "Clean the projector",
            None,
            "It'd be great if one of you could clean the projector",
            (0,),
        ),
    ),
    "a task that somebody else takes over": (
        Task(
            (
                "B: I'll book the ferry for the field trip.",
                "C: Oh, I have the account already, let me take that one off you.",
                "B: Great, all yours.",
            ),
            "Book the ferry for the field trip",
            "B",
            "I'll book the ferry for the field trip",
            (0,),
        ),
        Task(
            (
                "A: I'll write to the landlord about the lift.",
                "B: Actually Lucy is meeting him tomorrow, so she will do it.",
                "C: Right, I'll do it.",
            ),
            "Write to the landlord about the lift",
            "A",
            "I'll write to the landlord about the lift",
            (0,),
            more=CREW,
        ),
        Task(
            (
                "B: Okay, I'll do the stand-up slides.",
                "A: Wait, wasn't that Tobias's turn? Tobias, you do the slides this time.",
                "C: Sure, mine.",
            ),
            "Do the stand-up slides",
            "B",
            "I'll do the stand-up slides",
            (0,),
            more=OTHER_CREW,
        ),
    ),
    "a wish": (
        Task(
            ("B: I'd repaint the lobby, but the budget is gone.",),
            "Repaint the lobby",
            "B",
            "I'd repaint the lobby",
            (0,),
        ),
        Task(
            ("C: I would have phoned the caterer, only the line was dead.",),
            "Phone the caterer",
            "C",
            "I would have phoned the caterer",
            (0,),
        ),
        Resolution(
            ("A: We would go with the blue logo, but the printer can't do it.",),
            "Go with the blue logo",
            ("A",),
            "We would go with the blue logo",
            (0,),
        ),
        Resolution(
            ("A: We decided we can't really afford to wait, you know how it is.", "B: True."),
            "Wait",
            ("A",),
            "We decided we can't really afford to wait",
            (0,),
        ),
        Task(
            ("C: In an ideal world I'd rewrite the whole importer.", "A: Sure, in an ideal world."),
            "Rewrite the whole importer",
            "C",
            "I'd rewrite the whole importer",
            (0,),
        ),
        Task(("B: I'll eat my hat if the courier comes before noon.",), "Eat my hat", "B", "I'll eat my hat", (0,)),
    ),
    "a condition": (
        Task(
            ("B: I'll transfer the deposit as soon as legal signs off on it.", "A: Okay."),
            "Transfer the deposit",
            "B",
            "I'll transfer the deposit",
            (0,),
        ),
        Resolution(
            ("A: Once the union agrees, we will move to four shifts.",),
            "Move to four shifts",
            ("A",),
            "we will move to four shifts",
            (0,),
        ),
        Resolution(
            ("C: Unless the insurer pays, we will close the south branch.",),
            "Close the south branch",
            ("C",),
            "we will close the south branch",
            (0,),
        ),
        Resolution(
            ("A: We'll hire two more drivers provided the contract comes through.",),
            "Hire two more drivers",
            ("A",),
            "We'll hire two more drivers",
            (0,),
        ),
        Resolution(
            ("B: We'll order from Danfoss, but only if they match the price.",),
            "Order from Danfoss",
            ("B",),
            "We'll order from Danfoss",
            (0,),
        ),
    ),
    "a report": (
        Task(
            (
                "B: Tom said he will renegotiate the lease with the city.",
                "A: When was that?",
                "B: At their retreat last year.",
            ),
            "Renegotiate the lease with the city",
            "Tom",
            "he will renegotiate the lease with the city",
            (0,),
        ),
        Resolution(
            (
                "C: At the other site they told me they'd decided to drop the night shift.",
                "A: Interesting, we are keeping ours.",
            ),
            "Drop the night shift",
            ("C",),
            "they'd decided to drop the night shift",
            (0,),
        ),
        Resolution(
            ("A: According to the newspaper the council has decided to close the bridge.",),
            "Close the bridge",
            ("A",),
            "has decided to close the bridge",
            (0,),
        ),
        Task(
            ("A: My sister mentioned she'll sell the cottage in June.",),
            "Sell the cottage in June",
            None,
            "she'll sell the cottage in June",
            (0,),
        ),
        Resolution(
            ("C: Head office has decided to merge the two regions, I read it on the intranet.", "A: Oh dear."),
            "Merge the two regions",
            ("A", "C"),
            "Head office has decided to merge the two regions",
            (0,),
        ),
    ),
    "a number of something else": (
        Recap(
            ("A: Of the 300 invoices we sent, 120 are still unpaid.",),
            "120 invoices were sent and 300 are still unpaid.",
            (0,),
        ),
        Recap(
            ("B: We sold forty desks and sixteen lamps last week.",), "They sold sixteen desks and forty lamps.", (0,)
        ),
        Recap(
            ("A: Rent is 4,200 a month and the cleaning is 650.",),
            "The cleaning costs 4,200 and the rent 650 a month.",
            (0,),
        ),
        Task(
            ("C: I'll order 12 monitors and 30 cables.",),
            "Order 30 monitors and 12 cables",
            "C",
            "I'll order 12 monitors and 30 cables",
            (0,),
        ),
        Recap(
            ("B: In March we had 14 complaints, in April 41.",),
            "There were 41 complaints in March and 14 in April.",
            (0,),
        ),
        Recap(
            ("C: 7 of the 20 testers found the search confusing.",),
            "20 of the 7 testers found the search confusing.",
            (0,),
        ),
    ),
    "an open question": (
        Resolution(
            ("A: We still have to decide whether we move the archive to Leeds.", "B: Yeah."),
            "Move the archive to Leeds",
            ("A",),
            "we move the archive to Leeds",
            (0,),
        ),
        Resolution(
            (
                "A: So we go with the Italian supplier, right?",
                "B: Did anybody bring the coffee?",
                "C: It's in the kitchen.",
            ),
            "Go with the Italian supplier",
            ("A",),
            "So we go with the Italian supplier, right?",
            (0,),
        ),
        Resolution(
            ("B: The question is if we extend the warranty to five years.", "A: Let's park that."),
            "Extend the warranty to five years",
            ("B",),
            "we extend the warranty to five years",
            (0,),
        ),
        Resolution(
            (
                "A: I'd vote for closing at six on Fridays.",
                "C: I'd rather stay open.",
                "B: We'll come back to it next time.",
            ),
            "Close at six on Fridays",
            ("A",),
            "I'd vote for closing at six on Fridays",
            (0,),
        ),
        Resolution(
            ("A: I'm torn. Do we switch to the new bank or don't we?", "B: No idea.", "C: Ask me next month."),
            "Switch to the new bank",
            ("A",),
            "Do we switch to the new bank or don't we?",
            (0,),
        ),
    ),
    "taken back by another choice": (
        Resolution(
            (
                "A: All right, we buy the second van.",
                "C: The bank just wrote, there is no credit.",
                "A: Then the second van is out, sorry everybody.",
            ),
            "Buy the second van",
            ("A",),
            "we buy the second van",
            (0,),
        ),
        Task(
            ("C: I'll print the badges tonight.", "A: No need, the hotel does that for us.", "C: Even better."),
            "Print the badges",
            "C",
            "I'll print the badges tonight",
            (0,),
            ("tonight", "2026-03-11"),
        ),
        Resolution(
            (
                "A: Fine, we print in colour.",
                "B: Good.",
                "C: Hold on, the colour quote is triple.",
                "A: Ouch. Black and white it is, then.",
            ),
            "Print in colour",
            ("A",),
            "we print in colour",
            (0,),
        ),
    ),
}

TRUE_BY_KIND: Final[dict[str, tuple[Task | Resolution | Recap, ...]]] = {
    "another speaker in the text": (
        Task(
            (
                "A: Who needs the wiring plan?",
                "B: I'll send the wiring plan to Lucy this afternoon.",
                "C: Lovely, thanks.",
            ),
            "Send the wiring plan to {C}",
            "B",
            "I'll send the wiring plan to Lucy this afternoon",
            (1,),
            more=CREW,
        ),
        Task(
            ("C: Ben, I'll email you the pricing sheet after lunch.", "B: Sounds good."),
            "Email the pricing sheet to {B}",
            "C",
            "I'll email you the pricing sheet after lunch",
            (0,),
            more=CREW,
        ),
        Task(
            ("A: I need the figures for the grant.", "B: I'll send you the figures tonight."),
            "Send {A} the figures",
            "B",
            "I'll send you the figures tonight",
            (1,),
            ("tonight", "2026-03-11"),
        ),
        Recap(
            ("A: My name is Marta and I run the plant.", "B: The boiler failed twice in January."),
            "{B} reported that the boiler failed twice in January.",
            (1,),
        ),
        Task(
            ("C: I'll hand the samples to Sam tomorrow morning.", "B: Great.", "A: Next."),
            "Hand the samples to {B}",
            "C",
            "I'll hand the samples to Sam tomorrow morning",
            (0,),
            ("tomorrow morning", "2026-03-12"),
            more=OTHER_CREW,
        ),
        Recap(
            ("A: The kiln broke on Sunday.", "B: I called the repair firm on Monday.", "C: They want 900 euros."),
            "{B} called the repair firm on Monday, and it wants 900 euros.",
            (0, 1, 2),
            more=OTHER_CREW,
        ),
    ),
    "a request that is declined, or that nobody takes": (
        Task(
            (
                "A: Ben, could you take the fire drill paperwork this time?",
                "B: I'm a bit swamped, but sure, I'll take it.",
                "A: Thanks.",
            ),
            "Take the fire drill paperwork",
            "B",
            "could you take the fire drill paperwork this time",
            (0,),
            more=CREW,
        ),
        Task(
            ("A: Would you mind drafting the tender reply?", "C: Not at all."),
            "Draft the tender reply",
            "C",
            "Would you mind drafting the tender reply?",
            (0,),
        ),
        Task(
            ("A: Can somebody water the plants over Easter?", "B: I'm around, I'll do it."),
            "Water the plants over Easter",
            "B",
            "Can somebody water the plants over Easter? I'm around, I'll do it.",
            (0, 1),
        ),
        Task(
            ("A: Tobias, would you chair the safety committee?", "C: Happy to."),
            "Chair the safety committee",
            "C",
            "would you chair the safety committee?",
            (0,),
            more=OTHER_CREW,
        ),
        Task(
            ("A: It'd be great if one of you could clean the projector.", "B: I'll clean it after lunch."),
            "Clean the projector",
            "B",
            "I'll clean it after lunch",
            (0, 1),
        ),
    ),
    "a task that somebody else takes over": (
        Task(
            (
                "B: I'll book the ferry for the field trip.",
                "C: Oh, I have the account already, let me take that one off you.",
                "B: Great, all yours.",
            ),
            "Book the ferry for the field trip",
            "C",
            "let me take that one off you",
            (0, 1),
        ),
        Task(
            (
                "A: I'll write to the landlord about the lift.",
                "B: Good, and Lucy will talk to the caretaker about the keys.",
                "C: Yes.",
            ),
            "Write to the landlord about the lift",
            "A",
            "I'll write to the landlord about the lift",
            (0,),
            more=CREW,
        ),
        Task(
            ("B: Okay, I'll do the stand-up slides.", "A: Thanks. Tobias will do the demo, as usual.", "C: Sure."),
            "Do the stand-up slides",
            "B",
            "I'll do the stand-up slides",
            (0,),
            more=OTHER_CREW,
        ),
    ),
    "a wish": (
        Resolution(
            ("B: I liked the old caterer, but we're going with Pinto's for the gala.", "A: Agreed."),
            "Go with Pinto's for the gala",
            ("B",),
            "we're going with Pinto's for the gala",
            (0,),
        ),
        Task(
            ("C: The toner is late, but I'll pick up the leaflets myself on Friday.",),
            "Pick up the leaflets",
            "C",
            "I'll pick up the leaflets myself on Friday",
            (0,),
            ("on Friday", "2026-03-13"),
        ),
        Task(
            ("C: I'd love a rewrite one day, but this week I'll just fix the date parser.",),
            "Fix the date parser",
            "C",
            "this week I'll just fix the date parser",
            (0,),
            ("this week", "2026-03-13"),
        ),
    ),
    "a condition": (
        Resolution(
            ("A: Unless anybody objects, we move the retro to Thursdays.", "B: Fine.", "C: Works."),
            "Move the retro to Thursdays",
            ("A",),
            "we move the retro to Thursdays",
            (0,),
        ),
        Resolution(
            ("A: If there are no objections, the minutes of February are approved.", "B: None."),
            "The minutes of February are approved",
            ("A",),
            "the minutes of February are approved",
            (0,),
        ),
        Task(
            ("B: Once I'm back at my desk I'll send round the floor plan.", "A: Perfect."),
            "Send round the floor plan",
            "B",
            "I'll send round the floor plan",
            (0,),
        ),
        Resolution(
            (
                "A: Unless one of you has a problem with it, we put the stage by the river.",
                "B: No problem here.",
                "C: Nope.",
            ),
            "Put the stage by the river",
            ("A",),
            "we put the stage by the river",
            (0,),
        ),
        Resolution(
            ("B: The price isn't great, but we'll order from Danfoss anyway.", "A: Okay."),
            "Order from Danfoss",
            ("B",),
            "we'll order from Danfoss anyway",
            (0,),
        ),
    ),
    "a report": (
        Task(
            ("A: Tom told me the lease runs out, so I will call the agent tomorrow.",),
            "Call the agent",
            "A",
            "so I will call the agent tomorrow",
            (0,),
            ("tomorrow", "2026-03-12"),
        ),
        Task(
            ("A: My sister mentioned a good plumber, so I'll phone him tonight.",),
            "Phone the plumber",
            "A",
            "so I'll phone him tonight",
            (0,),
            ("tonight", "2026-03-11"),
        ),
        Resolution(
            ("C: Head office has decided to merge the two regions.", "A: Oh dear."),
            "Merge the two regions",
            ("Head office",),
            "Head office has decided to merge the two regions",
            (0,),
        ),
    ),
    "a number of something else": (
        Recap(("C: Churn was 12 percent in the spring.",), "Churn was at 0.12 in the spring.", (0,)),
        Recap(
            ("C: A quarter of the seats, 0.25 to be exact, was empty.",), "25 percent of the seats were empty.", (0,)
        ),
        Recap(("A: Of the 300 invoices we sent, 120 are still unpaid.",), "Of 300 invoices, 120 are unpaid.", (0,)),
        Recap(
            ("B: We sold forty desks and sixteen lamps last week.",), "They sold 16 lamps and 40 desks last week.", (0,)
        ),
        Task(
            ("C: I'll order 12 monitors and 30 cables.",),
            "Order 30 cables and 12 monitors",
            "C",
            "I'll order 12 monitors and 30 cables",
            (0,),
        ),
        Recap(
            ("B: In March we had 14 complaints, in April 41.",),
            "Complaints went from 14 in March to 41 in April.",
            (0,),
        ),
        Recap(
            ("C: 7 of the 20 testers found the search confusing.",),
            "Seven of twenty testers were confused by the search.",
            (0,),
        ),
    ),
    "an open question": (
        Resolution(
            (
                "A: The motion is to raise the fee to 40 euros. All in favour? Seven. Against? None. The motion carries.",
            ),
            "Raise the fee to 40 euros",
            ("A",),
            "The motion is to raise the fee to 40 euros. All in favour? Seven. Against? None. The motion carries",
            (0,),
        ),
        Resolution(
            (
                "A: We had to decide whether to move the archive to Leeds. We've talked to everyone and we are moving it.",
            ),
            "Move the archive to Leeds",
            ("A",),
            "We had to decide whether to move the archive to Leeds. We've talked to everyone and we are moving it",
            (0,),
        ),
        Resolution(
            ("A: So we go with the Italian supplier, right?", "B: Yes.", "C: Yes, absolutely."),
            "Go with the Italian supplier",
            ("A", "B"),
            "So we go with the Italian supplier, right?",
            (0,),
        ),
        Resolution(
            ("A: Do we switch to the new bank?", "B: Yes, definitely.", "C: I'm for it too."),
            "Switch to the new bank",
            ("A", "B", "C"),
            "Do we switch to the new bank? Yes, definitely.",
            (0, 1),
        ),
    ),
    "taken back by another choice": (
        Resolution(
            ("A: Tuesday or Thursday?", "B: Thursday suits everyone.", "A: Okay, so Thursday for the rehearsal."),
            "The rehearsal is on Thursday",
            ("A",),
            "so Thursday for the rehearsal",
            (2,),
        ),
        Resolution(
            ("A: Green or grey for the carpet?", "C: Grey hides the dirt.", "A: Grey it is."),
            "The carpet is grey",
            ("A",),
            "Grey it is.",
            (0, 2),
        ),
        Resolution(
            ("A: All right, we buy the second van.", "C: Good. And the first one stays in service."),
            "Buy the second van",
            ("A",),
            "we buy the second van",
            (0,),
        ),
        Resolution(
            ("A: Colour or black and white?", "C: Colour is triple the price.", "A: Black and white it is, then."),
            "Print in black and white",
            ("A",),
            "Black and white it is, then",
            (0, 2),
        ),
    ),
    "words about papers and seasons": (
        Task(
            ("A: The minutes say that the gate was approved, so I'll order the gate today.", "B: Please do."),
            "Order the gate",
            "A",
            "so I'll order the gate today",
            (0,),
            ("today", "2026-03-11"),
        ),
        Task(
            ("B: I'll check what the notes state about the warranty and tell Lucy.",),
            "Check what the notes state about the warranty",
            "B",
            "I'll check what the notes state about the warranty",
            (0,),
            more=CREW,
        ),
        Recap(("A: Attendance grew a lot last fall.",), "Attendance grew in the fall.", (0,)),
        Resolution(
            ("A: Okay, we decided to open the new branch in the fall, and we will raise the headcount by then.",),
            "Open the new branch in the fall",
            ("A",),
            "we decided to open the new branch in the fall",
            (0,),
        ),
        Task(
            ("B: Can you write down in the notes that the courier changed, Tobias?", "C: Yes, I'll write it down."),
            "Write down in the notes that the courier changed",
            "C",
            "Can you write down in the notes that the courier changed, Tobias? Yes, I'll write it down.",
            (0, 1),
            more=OTHER_CREW,
        ),
    ),
}
