"""Text exports of people who do this job: speaker, words and start in seconds (``None``: any) of each segment."""
# ruff: noqa: E501 - the files of programs stand here as they are

Spoken = tuple[tuple[str | None, str, float | None], ...]
RIGHT_TEXTS: dict[str, Spoken] = {
    "agenda_plain.txt": (("Ana", "We approved the budget of ten thousand.", None), ("Ben", "I will tell finance by Friday.", None)),
    "ampm.txt": (("Ana Lopez", "Good morning.", 0), ("Ben Ode", "I will send it by Friday.", 20)),
    "clock_end_plain.txt": (
        ("Ana", "Good morning, thank you for coming.", None),
        ("Ben", "I will send the contract to the lawyer today.", None),
        ("Ana", "The call is at 9:30", None),
        ("Ben", "I am out for lunch until 12:45", None),
        ("Ana", "Goodbye.", None),
    ),
    "clock_end_teams.txt": (
        ("Ana Lopez", "Good morning. We have two points.", 3),
        ("Ben Ode", "I can only stay until noon. Let us meet again tomorrow at 10:30 And bring the numbers.", 20),
        ("Ana Lopez", "Fine.", 40),
    ),
    "dash_time.txt": (("Ana Lopez", "Good morning.", 3), ("Ben Ode", "I will send it by Friday.", 12), ("Ana Lopez", "Thanks.", 20)),
    "due_ordinal.txt": (
        ("Ana", "Good morning. We plan the spring.", None),
        ("Ben", "I will send the budget by the second week of April.", None),
        ("Ana", "I will close the office before the first customer visit.", None),
    ),
    "due_taken_back.txt": (
        ("Ana", "When can we have it?", None),
        ("Ben", "I will send the contract by next Friday, not this Friday.", None),
        ("Ana", "I will call the bank on Monday instead of Thursday.", None),
    ),
    "heading_stamped.txt": (("Ana", "Good morning.", 3), ("Ben", "I will send the report by Friday.", 12)),
    "heading_teams.txt": (
        ("Ana Lopez", "Good morning.", 3), ("Ben Ode", "I will send the report by Friday.", 12), ("Ana Lopez", "Thank you.", 20),
    ),
    "heading_zoom.txt": (("Ana Lopez", "Good morning.", 0), ("Ben Ode", "I will send it.", 14)),
    "midnight.txt": (
        ("Ana Lopez", "It is late, let us finish.", 0),
        ("Ben Ode", "One more point.", 15),
        ("Ana Lopez", "I will send the report by Friday.", 30),
        ("Ben Ode", "Good night.", 45),
    ),
    "name_stamp.txt": (("Ana", "Good morning.", 3), ("Ben", "I will send it by Friday.", 66)),
    "range_stamp.txt": (("Ana", "Good morning.", 3), ("Ben", "I will send it by Friday.", 6)),
    "restart_stamp.txt": (("Ana", "First part ends.", None), ("Ben", "Second part begins.", None), ("Ana", "I will send the report.", None)),
    "rev.txt": (
        ("Speaker 1", "Good morning, everybody.", 1), ("Speaker 2", "I will send the report by Friday.", 12), ("Speaker 1", "Thank you.", 20),
    ),
    "swap.txt": (("B", "Good morning to all.", None), ("A", "I will send the report by Friday.", None), ("B", "Thank you.", None)),
    "teams_phone.txt": (
        ("Ana Lopez", "Can everybody hear me?", 3), ("15550100123", "I will pay the invoice by Friday.", 9), ("Ana Lopez", "Thank you.", 15),
    ),
    "teams_words.txt": (
        ("Ana Lopez", "Good morning, everybody.", 3),
        ("Ben Ode", "I will send the report by Friday.", 65),
        ("Ana Lopez", "Thank you.", 3727),
    ),
    "webex.txt": (("Ana Lopez", "Good morning.", 0), ("Ben Ode", "I will send it by Friday.", 60)),
    "whisper_stdout.txt": ((None, "Good morning, everybody.", 0), (None, "I will send the report by Friday.", 4)),
}  # fmt: skip
