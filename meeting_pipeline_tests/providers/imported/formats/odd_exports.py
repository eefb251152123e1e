"""Text exports with odd names, times in the talk, notes and headings: what a person reads in each.

Each is ``(name, text, turns)``; a turn is a speaker, the words, and the start in seconds, or ``None`` if the file gives none.
Names are invented. Must not go here: assertions.
"""
# ruff: noqa: E501, RUF001 - the files of programs stand here as they are

from typing import Final

Turn = tuple[str | None, str, float | None]

ODD_EXPORTS: Final[tuple[tuple[str, str, tuple[Turn, ...]], ...]] = (
    (
        "zoom with devices and a bracket in the talk",
        "[iPhone (2)] 09:15:02\nHi all.\n\n[Nguyễn Thị Hoa] 09:15:09\nSee item [4] at 11:00.\n[Ask Tom] first.\n\n[iPhone (2)] 09:16:00\nOk.\n",
        (
            ("iPhone (2)", "Hi all.", 0),
            ("Nguyễn Thị Hoa", "See item [4] at 11:00. [Ask Tom] first.", 7),
            ("iPhone (2)", "Ok.", 58),
        ),
    ),
    (
        "zoom in twelve hours",
        "[Dr. Petra Klein] 12:58:30 PM\nLast slot before the break.\n[Room 4.12] 01:00:00 PM\nWe are late.\n",
        (("Dr. Petra Klein", "Last slot before the break.", 0), ("Room 4.12", "We are late.", 90)),
    ),
    (
        "zoom with one speaker",
        "[Marta Oliveira] 18:02:11\nThis is a memo for the archive.\n[Marta Oliveira] 18:02:31\nEnd of memo.\n",
        (("Marta Oliveira", "This is a memo for the archive.", 0), ("Marta Oliveira", "End of memo.", 20)),
    ),
    (
        "teams with guests and a company in the name",
        "Budget review\nMarch 3, 2026, 9:00AM\n42m 10s\n\nKowalski, Jan (EXT) started transcription\n\nKowalski, Jan (EXT)   0:04\nShall we?\n\n"
        "O'Neill, Róisín   0:11\nYes. The train is at 17:05\nand I have to catch it.\n\nKowalski, Jan (EXT)   0:31\nThen quickly.\n\nKowalski, Jan (EXT) stopped transcription\n",
        (
            ("Kowalski, Jan (EXT)", "Shall we?", 4),
            ("O'Neill, Róisín", "Yes. The train is at 17:05 and I have to catch it.", 11),
            ("Kowalski, Jan (EXT)", "Then quickly.", 31),
        ),
    ),
    (
        "teams with one space and times in the talk",
        "Sara Lind 0:05\nThe standup moves to 9:15\nOmar Haddad 0:14\nBetter 10:45\nSara Lind 0:20\nFine, until 11:00\nthen lunch.\nOmar Haddad 0:33\nGood.\n",
        (
            ("Sara Lind", "The standup moves to 9:15", 5),
            ("Omar Haddad", "Better 10:45", 14),
            ("Sara Lind", "Fine, until 11:00 then lunch.", 20),
            ("Omar Haddad", "Good.", 33),
        ),
    ),
    (
        "teams over an hour",
        "Ines Faber   59:50\nOne last thing.\nTom Arden   1:00:02\nGo on.\nInes Faber   1:00:09\nThe keys are with Paul.\n",
        (
            ("Ines Faber", "One last thing.", 3590),
            ("Tom Arden", "Go on.", 3602),
            ("Ines Faber", "The keys are with Paul.", 3609),
        ),
    ),
    (
        "teams with somebody who speaks once",
        "Lena Roth   0:02\nWho has the numbers?\nGast   0:10\nI do.\nLena Roth   0:13\nThanks.\n",
        (("Lena Roth", "Who has the numbers?", 2), ("Gast", "I do.", 10), ("Lena Roth", "Thanks.", 13)),
    ),
    (
        "teams with international callers",
        "+49 151 2345678   0:02\nHello?\nLee Wong   0:05\nWe hear you.\n+49 151 2345678   0:09\nGreat, I will pay at 12:00\n",
        (
            ("+49 151 2345678", "Hello?", 2),
            ("Lee Wong", "We hear you.", 5),
            ("+49 151 2345678", "Great, I will pay at 12:00", 9),
        ),
    ),
    (
        "teams with names in small letters",
        "karim   0:01\nmorning\nkarim's laptop   0:06\nmorning\nkarim   0:09\nlet us start\n",
        (("karim", "morning", 1), ("karim's laptop", "morning", 6), ("karim", "let us start", 9)),
    ),
    (
        "teams in german words",
        "Jana Vogt\n0 Minuten 4 Sekunden\nGuten Morgen zusammen.\nUwe Sand\n2 Minuten 1 Sekunde\nIch rufe um 14:00 an.\nJana Vogt\n1 Stunde 0 Minuten 3 Sekunden\nDanke.\n",
        (
            ("Jana Vogt", "Guten Morgen zusammen.", 4),
            ("Uwe Sand", "Ich rufe um 14:00 an.", 121),
            ("Jana Vogt", "Danke.", 3603),
        ),
    ),
    (
        "teams copied from the page",
        "Mia Holt\n0 minutes 2 seconds\n0:02\nMia Holt 0 minutes 2 seconds\nWelcome.\nRaj Iyer\n0 minutes 9 seconds\n0:09\nRaj Iyer 0 minutes 9 seconds\nThank you, Mia.\n",
        (("Mia Holt", "Welcome.", 2), ("Raj Iyer", "Thank you, Mia.", 9)),
    ),
    (
        "name and digits in two rows",
        "Ada King\n00:01\nLet us look at the plan.\n\nBo Lind\n00:14\nI like it.\n\nAda King\n00:20\nGood.\n",
        (("Ada King", "Let us look at the plan.", 1), ("Bo Lind", "I like it.", 14), ("Ada King", "Good.", 20)),
    ),
    (
        "meet with a summary above",
        "Weekly sync (2026/03/12 10:00 CET)\nAttendees\nEva Holm, Luc Petit\nSummary\nThe team spoke about the fair.\nTranscript\n"
        "Eva Holm: Are we ready?\nLuc Petit: Nearly. Note: the booth opens at 8:30\n00:05:00\nEva Holm: Good.\nTranscription ended after 00:06:12\n",
        (
            ("Eva Holm", "Are we ready?", None),
            ("Luc Petit", "Nearly. Note: the booth opens at 8:30", None),
            ("Eva Holm", "Good.", 300),
        ),
    ),
    (
        "meet without its last row",
        "00:00:00\n\nEva Holm: First.\nEva Holm: Second.\nLuc Petit: Third.\n\n00:05:00\n\nLuc Petit: Fourth.\nEva Holm: Fifth.\n",
        (
            ("Eva Holm", "First.", 0),
            ("Eva Holm", "Second.", None),
            ("Luc Petit", "Third.", None),
            ("Luc Petit", "Fourth.", 300),
            ("Eva Holm", "Fifth.", None),
        ),
    ),
    (
        "webex in the afternoon",
        "Grace Obi  1:58 PM\nI think we begin.\n\nPhil Marsh  1:58 PM\nYes.\n\nGrace Obi  2:01 PM\nThe invoice is open.\n",
        (("Grace Obi", "I think we begin.", 0), ("Phil Marsh", "Yes.", 0), ("Grace Obi", "The invoice is open.", 180)),
    ),
    (
        "hours and minutes without am",
        "Grace Obi  14:58\nI think we can begin now because everybody who wanted to come to this long and important review is in the room today.\n"
        "Phil Marsh  14:58\nYes, and before we do so let me say how glad I am that all of you found the time to read the paper that I sent around.\n"
        "Grace Obi  14:59\nThank you.\n",
        (
            (
                "Grace Obi",
                "I think we can begin now because everybody who wanted to come to this long and important review is in the room today.",
                0,
            ),
            (
                "Phil Marsh",
                "Yes, and before we do so let me say how glad I am that all of you found the time to read the paper that I sent around.",
                0,
            ),
            ("Grace Obi", "Thank you.", 60),
        ),
    ),
    (
        "otter with its last row",
        "Speaker 1  0:00  \nSo, welcome to the call.\n\nNora Diaz  0:07  \nThanks. Quick note: I leave at 10:30.\n\nSpeaker 1  0:15  \nOkay.\n\n\nTranscribed by https://otter.ai\n",
        (
            ("Speaker 1", "So, welcome to the call.", 0),
            ("Nora Diaz", "Thanks. Quick note: I leave at 10:30.", 7),
            ("Speaker 1", "Okay.", 15),
        ),
    ),
    (
        "fireflies with an en dash",
        "Nora Diaz – 00:00\nHello.\nPaul Kerr – 00:09\nHello. We - Nora and I - meet at 12:00\nNora Diaz – 00:21\nRight.\n",
        (
            ("Nora Diaz", "Hello.", 0),
            ("Paul Kerr", "Hello. We - Nora and I - meet at 12:00", 9),
            ("Nora Diaz", "Right.", 21),
        ),
    ),
    (
        "a bar between name and time",
        "Hugo Blanc | 00:04\nOn commence.\nZoé Ravel | 00:15\nD'accord.\nHugo Blanc | 00:18\nPremier point : le budget.\n",
        (
            ("Hugo Blanc", "On commence.", 4),
            ("Zoé Ravel", "D'accord.", 15),
            ("Hugo Blanc", "Premier point : le budget.", 18),
        ),
    ),
    (
        "rev with words in the row below and brackets in the talk",
        "Interviewer (00:02):\nWhen did you join (roughly)?\n\nMs. Adeyemi (00:06):\nIn spring. [crosstalk 00:08] The shop (12:30) was closed.\n\nInterviewer (00:15):\nI see.\n",
        (
            ("Interviewer", "When did you join (roughly)?", 2),
            ("Ms. Adeyemi", "In spring. [crosstalk 00:08] The shop (12:30) was closed.", 6),
            ("Interviewer", "I see.", 15),
        ),
    ),
    (
        "name and time in square brackets",
        "Ivo Brand [00:00:05]\nReady?\n\nKim Sato [00:00:09]\nReady.\n\nIvo Brand [00:00:11]\nGo.\n",
        (("Ivo Brand", "Ready?", 5), ("Kim Sato", "Ready.", 9), ("Ivo Brand", "Go.", 11)),
    ),
    (
        "name, colon and time above the words",
        "Speaker 1: 00:03\nWho opens the shop?\nSpeaker 2: 00:07\nI do, at 7:30\nSpeaker 1: 00:12\nGood.\n",
        (("Speaker 1", "Who opens the shop?", 3), ("Speaker 2", "I do, at 7:30", 7), ("Speaker 1", "Good.", 12)),
    ),
    (
        "time and name above the words",
        "00:00:02 Vera Lang\nThe report is late.\n00:00:08 Max Orth\nIt comes at 15:00\n00:00:15 Vera Lang\nGood.\n",
        (("Vera Lang", "The report is late.", 2), ("Max Orth", "It comes at 15:00", 8), ("Vera Lang", "Good.", 15)),
    ),
    (
        "happy scribe",
        "[00:00:02.100] - Vera Lang\nThe report is late.\n\n[00:00:08.400] - Max Orth\nSorry.\n\n[00:00:15.000] - Vera Lang\nNever mind.\n",
        (("Vera Lang", "The report is late.", 2.1), ("Max Orth", "Sorry.", 8.4), ("Vera Lang", "Never mind.", 15)),
    ),
    (
        "premiere",
        "00:00:00:00 - 00:00:04:12\nSpeaker 1\nWelcome to the studio.\n\n00:00:04:12 - 00:00:09:00\nSpeaker 2\nThank you for having me.\n",
        (("Speaker 1", "Welcome to the studio.", 0), ("Speaker 2", "Thank you for having me.", 4.48)),
    ),
    (
        "copied from youtube",
        "0:00\nwelcome back to the council\n0:04\ntoday we vote at 10:30\n0:09\nplease be quiet\n",
        ((None, "welcome back to the council", 0), (None, "today we vote at 10:30", 4), (None, "please be quiet", 9)),
    ),
    (
        "loom",
        "0:00 Hey everyone, quick tour.\n0:06 Click here at the top.\n10:02 That is all, see you at 12:00.\n",
        (
            (None, "Hey everyone, quick tour.", 0),
            (None, "Click here at the top.", 6),
            (None, "That is all, see you at 12:00.", 602),
        ),
    ),
    (
        "whisper.cpp on the console",
        "main: processing 'a.wav' (176000 samples), 4 threads ...\n\n[00:00:00.000 --> 00:00:05.120]   The roof leaks.\n[00:00:05.120 --> 00:00:09.000]   We call at 8:30.\n",
        ((None, "The roof leaks.", 0), (None, "We call at 8:30.", 5.12)),
    ),
    (
        "stamps with wrapped rows and a time at the start of one",
        "[00:00:03] Ola Berg: The bus leaves at\n12:30 from the square, and the\nnext one is late.\n[00:00:14] Per Dahl: I will drive.\n[00:00:18] Ola Berg: Good.\n",
        (
            ("Ola Berg", "The bus leaves at 12:30 from the square, and the next one is late.", 3),
            ("Per Dahl", "I will drive.", 14),
            ("Ola Berg", "Good.", 18),
        ),
    ),
    (
        "stamps where only changes have a name",
        "(0:02) Ruth: We start.\n(0:06) There are two points.\n(0:11) Hal: Three: rent, roof, rain.\n(0:16) And nothing else.\n(0:20) Ruth: Fine.\n",
        (
            ("Ruth", "We start.", 2),
            ("Ruth", "There are two points.", 6),
            ("Hal", "Three: rent, roof, rain.", 11),
            ("Hal", "And nothing else.", 16),
            ("Ruth", "Fine.", 20),
        ),
    ),
    (
        "times of day before names",
        "14:02:11 Ana Ruiz: The lift is broken.\n14:02:19 Bob Hale: Again?\n14:03:00 Ana Ruiz: Since 9:00.\n",
        (("Ana Ruiz", "The lift is broken.", 0), ("Bob Hale", "Again?", 8), ("Ana Ruiz", "Since 9:00.", 49)),
    ),
    (
        "name with a stamp before the colon",
        "Cleo [00:03]: I have one rule: no slides.\nDan [00:09]: Agreed.\nCleo [00:12]: Good.\n",
        (("Cleo", "I have one rule: no slides.", 3), ("Dan", "Agreed.", 9), ("Cleo", "Good.", 12)),
    ),
    (
        "descript with bold names",
        "# Episode 12\n\n**Cleo:** [00:00:03] I have one rule.\n\n**Dan:** [00:00:09] Agreed.\n",
        (("Cleo", "I have one rule.", 3), ("Dan", "Agreed.", 9)),
    ),
    (
        "plain with metadata above and labels in the talk",
        "Meeting: Site visit\nDate: 2026-03-12\nTime: 10:00\nAttendees: Ann, Bob\n\nAnn: We need three things: sand, lime, water.\nBob: One more thing: the permit.\n"
        "Important: it ends on Friday.\nAnn: I will renew it.\n",
        (
            ("Ann", "We need three things: sand, lime, water.", None),
            ("Bob", "One more thing: the permit. Important: it ends on Friday.", None),
            ("Ann", "I will renew it.", None),
        ),
    ),
    (
        "plain with wrapped paragraphs",
        "Ann: We looked at the roof\nand at the cellar. Both\nare dry.\n\nBob: Good. I met the owner\nat 10:30\nand he agrees.\n\nAnn: Then we sign.\n",
        (
            ("Ann", "We looked at the roof and at the cellar. Both are dry.", None),
            ("Bob", "Good. I met the owner at 10:30 and he agrees.", None),
            ("Ann", "Then we sign.", None),
        ),
    ),
    (
        "names in rows of their own",
        "Ann Bell:\nWe looked at the roof.\n\nBob Carr:\nAnd?\n\nAnn Bell:\nIt is dry.\n",
        (("Ann Bell", "We looked at the roof.", None), ("Bob Carr", "And?", None), ("Ann Bell", "It is dry.", None)),
    ),
    (
        "chinese with full-width colons",
        "会议主题：预算\n王芳：我们开始吧。\n李伟：好的，时间：三点。\n王芳：谢谢。\n",
        (("王芳", "我们开始吧。", None), ("李伟", "好的，时间：三点。", None), ("王芳", "谢谢。", None)),
    ),
    (
        "an agenda with times, then names",
        "Agenda\n10:00 Welcome\n10:15 Budget\n10:45 Hiring\n\nUma: Welcome, all of you.\nVic: The budget is tight.\nUma: We hire nobody.\n",
        (
            ("Uma", "Welcome, all of you.", None),
            ("Vic", "The budget is tight.", None),
            ("Uma", "We hire nobody.", None),
        ),
    ),
    (
        "a memo without any structure",
        "I met the landlord at 10:30\nHe said: no dogs.\nTomorrow: the bank.\nI will call Ben Ode - 12:00\n",
        (
            (
                None,
                "I met the landlord at 10:30 He said: no dogs. Tomorrow: the bank. I will call Ben Ode - 12:00",
                None,
            ),
        ),
    ),
    (
        "a monologue that ends with labels",
        "We walked through the hall.\nThe floor is new.\nThe walls are old.\nThe door sticks.\nNothing else was found.\nNote: bring a plane.\nQuestion: who pays?\n",
        (
            (
                None,
                "We walked through the hall. The floor is new. The walls are old. The door sticks. Nothing else was found. Note: bring a plane. Question: who pays?",
                None,
            ),
        ),
    ),
    (
        "names in small letters, some of them once",
        "ana: we start.\nben: fine, at 10:30\nana: good.\n",
        (("ana", "we start.", None), ("ben", "fine, at 10:30", None), ("ana", "good.", None)),
    ),
    (
        "a long dash between name and time, and in the talk",
        "Ina Falk — 00:03\nHello.\nBo Ode — 00:12\nThe call — 10:30\nIna Falk — 00:20\nThanks.\n",
        (("Ina Falk", "Hello.", 3), ("Bo Ode", "The call — 10:30", 12), ("Ina Falk", "Thanks.", 20)),
    ),
    (
        "an agenda with tabs, then names",
        "Agenda\nRent\t10:00\nRoof\t10:30\n\nIna: We pay it.\nBo: I will tell the owner.\n",
        (("Ina", "We pay it.", None), ("Bo", "I will tell the owner.", None)),
    ),
    (
        "an agenda with times, then heads with times",
        "Agenda\nRent 10:00\nRoof 10:30\n\nIna Falk   0:03\nWe pay it.\nBo Ode   0:12\nGood.\n",
        (("Ina Falk", "We pay it.", 3), ("Bo Ode", "Good.", 12)),
    ),
    (
        "time, dash, name, dash, words",
        "00:00:03 - Ina - Good morning.\n00:00:09 - Bo - I will send it.\n00:00:12 - Ina - Ok.\n",
        (("Ina", "Good morning.", 3), ("Bo", "I will send it.", 9), ("Ina", "Ok.", 12)),
    ),
    (
        "faster-whisper on the console",
        "[0.00s -> 4.00s]  The roof leaks.\n[4.00s -> 69.50s]  We call at 8:30.\n",
        ((None, "The roof leaks.", 0), (None, "We call at 8:30.", 4)),
    ),
    (
        "names in a script without capital letters, once each",
        "דנה כהן: בוקר טוב.\nיוסי לוי: אני אשלח עד יום שישי.\nדנה כהן: תודה.\n",
        (("דנה כהן", "בוקר טוב.", None), ("יוסי לוי", "אני אשלח עד יום שישי.", None), ("דנה כהן", "תודה.", None)),
    ),
    (
        "times past midnight before names",
        "[23:59:50] Ina: Late.\n[00:00:05] Bo: Yes.\n[00:00:20] Ina: Bye.\n",
        (("Ina", "Late.", 0), ("Bo", "Yes.", 15), ("Ina", "Bye.", 30)),
    ),
    (
        "ranges in rows of their own above names",
        "00:00 - 00:04\nIna: Hello there.\n\n00:04 - 00:09\nBo: I will send it.\n",
        (("Ina", "Hello there.", 0), ("Bo", "I will send it.", 4)),
    ),
    (
        "one space, somebody who speaks once, and times in the talk",
        "Ina Falk 0:03\nHello.\nBo Ode 0:12\nI will be there at 9:30\nCara Diaz 0:25\nFine.\nIna Falk 0:31\nWe end at 10:00\n",
        (
            ("Ina Falk", "Hello.", 3),
            ("Bo Ode", "I will be there at 9:30", 12),
            ("Cara Diaz", "Fine.", 25),
            ("Ina Falk", "We end at 10:00", 31),
        ),
    ),
    (
        "a list in the talk that looks like names",
        "Ina: We need:\n- chairs: ten\n- tables: two\nBo: I buy them.\nIna: Good.\n",
        (("Ina", "We need: - chairs: ten - tables: two", None), ("Bo", "I buy them.", None), ("Ina", "Good.", None)),
    ),
    (
        "notes that look like names",
        "Notes from the call\nRent: approved\nHiring: delayed\nRoof: leaking\nWe meet again on Friday.\n",
        ((None, "Notes from the call Rent: approved Hiring: delayed Roof: leaking We meet again on Friday.", None),),
    ),
    (
        "names and times in brackets",
        "[Speaker 1] (00:01):\nHello.\n\n[Speaker 2] (00:05):\nHi.\n",
        (("Speaker 1", "Hello.", 1), ("Speaker 2", "Hi.", 5)),
    ),
    (
        "names in angle brackets",
        "<ina> hello\n<bo> see you at 10:30\n<ina> ok\n",
        (("ina", "hello", None), ("bo", "see you at 10:30", None), ("ina", "ok", None)),
    ),
    (
        "numbered rows",
        "1. Ina: Hello.\n2. Bo: Hi.\n3. Ina: Bye.\n",
        (("Ina", "Hello.", None), ("Bo", "Hi.", None), ("Ina", "Bye.", None)),
    ),
    (
        "zoom with dates",
        "[Ina Falk] 2026-03-12 16:01:26\nHello.\n[Bo Ode] 2026-03-12 16:01:40\nHi.\n",
        (("Ina Falk", "Hello.", 0), ("Bo Ode", "Hi.", 14)),
    ),
    (
        "chinese heads, one of somebody who speaks once",
        "预算会议\n2026年3月12日 上午 10:00\n\n王芳 00:03\n我们开始吧。\n\n李伟 00:12\n好的，三点见。\n\n王芳 00:20\n谢谢。\n",
        (("王芳", "我们开始吧。", 3), ("李伟", "好的，三点见。", 12), ("王芳", "谢谢。", 20)),
    ),
    (
        "times in letters",
        "0h00m03s Ina: Hi.\n0h01m09s Bo: Hi there.\n",
        (("Ina", "Hi.", 3), ("Bo", "Hi there.", 69)),
    ),
    (
        "otter with key words above",
        "Weekly\nThu, Mar 12, 2026 10:00AM • 1:02:03\nSUMMARY KEYWORDS\nroof, rain\nSPEAKERS\nIna Falk, Bo Ode\n\n\nIna Falk  00:03\nHello.\n\n"
        "Bo Ode  00:12\nI will.\n",
        (("Ina Falk", "Hello.", 3), ("Bo Ode", "I will.", 12)),
    ),
)
