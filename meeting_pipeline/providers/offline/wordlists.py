"""Lists of English words that the rules use. Data only; add a word together with a test that shows what it fixes.

Must not go here: rules.
"""

import re
from typing import Final

_STOP: Final = """
a about above actually after again all also always am an and any anybody anyone anything are around as ask at
away back be because been before being below between both but by bye can cannot come coming could course day
days did do does doing done down each either else enough even ever every everybody everyone everything few
fine first for from further get getting give go going good great had half happy has have having he hello help
her here hers hey hi him his how i if in into is it its just keep kind know last later least less let like
likes little look looking looks lot lots made make many may maybe me mean means might mine more morning most
much must my name need needs never new next no nobody none nor not nothing now of off often oh ok okay old on
once one only or other others our ours out over own people perhaps please point probably put quite rather
ready really right said same say see seems shall she should since so some somebody someone something
sometimes soon still such sure take talk tell than thank thanks that the their theirs them then there these
they thing things think this those through till time to today together too two under until up upon us use
used very want wanted wants was way we week well went were what when where whether which while who whole whom
whose why will with within without would year yeah years yes yet you your yours everyone's let's it's i'm
i'll we'll we're you're that's there's don't doesn't didn't can't won't he's she's they're isn't wasn't i've
we've you've what's here's monday tuesday wednesday thursday friday saturday sunday tomorrow end month
"""
STOP_WORDS: Final = frozenset(_STOP.split())
"""Words that say nothing about the subject of a conversation and are not names."""

_NAMES: Final = """
aaron abigail adam adrian agnes alan albert alex alexander alfred alice alison amanda amy andrea andrew andy
angela ann anna anne anthony arthur barbara ben benjamin bernard beth betty bob brian bruce carl carlos carol
caroline catherine charles charlotte chris christian christina christine christopher claire clara daniel
daniela dave david deborah dennis diana diane donald dorothy douglas edward eleanor elena elizabeth ellen
emily emma eric erica erik eva evan fiona frances francis frank fred gary george gerald gloria gordon greg
hannah harold harry heather heidi helen henry howard ian irene isaac isabel jack jacob james jane janet jason
jean jeff jennifer jenny jeremy jessica jill jim joan joe john johnny jonathan jose joseph joshua judith judy
julia julie justin karen kate katherine kathy keith kelly ken kenneth kevin larry laura lauren lawrence leo
leon leonard linda lisa louis louise lucas lucy luis lynn maggie margaret maria marie mario marion mark
martha martin mary matthew megan melissa michael michelle miguel mike molly monica nancy natalie nathan
nicholas nicole nina nora olivia oscar pamela patricia patrick paul paula pedro peter philip phillip priya
rachel ralph raymond rebecca richard rita robert roger ronald rosa rose roy russell ruth ryan sally sam
samantha samuel sandra sara sarah scott sean sharon simon sofia sophia stanley stella stephanie stephen steve
steven stuart susan sylvia teresa theresa thomas tim timothy tina todd tom tony tracy valerie vanessa
veronica victor victoria vincent virginia walter wendy william yvonne
"""
GIVEN_NAMES: Final = frozenset(_NAMES.split())
"""Common given names that are hardly ever another word: recognised speech has no capitals that mark names.
The rules also use the participants' names that the submitter gave."""

_CALENDAR: Final = """
monday tuesday wednesday thursday friday saturday sunday january february april june july august september
october november december english
"""
CALENDAR: Final = frozenset(_CALENDAR.split())
"""Words that are always capitalized. Without March and May, which are also other words."""

_WEAK: Final = """
be been had see think say know admit guess bet miss like love hate feel want need wait wonder hope agree
believe assume mean remember forget sound seem look not never always hear probably maybe definitely no regret die
understand this that it
"""
WEAK_VERBS: Final = frozenset(_WEAK.split())
"""After "I will" these are not tasks: "I will be on vacation", "we will see"."""

SOFT_VERBS: Final = frozenset(("have", "keep", "try", "stop", "start", "go", "come", "leave", "join", "drop", "pass"))
"""After "I will" these are tasks only with a due date: "I will have it signed by Monday"."""

_DEEDS: Final = """
add analyse analyze arrange ask bill book build buy call cancel change check clean clear close collect compare
compile complete contact convince coordinate copy correct create cut decide define delete deliver deploy
design develop draft email evaluate file fill find finish fix forward get hire improve inform install
investigate invite label launch look mail make measure negotiate order organise organize pay plan post prepare
present print produce provide publish put record redo register reject remind remove renew repair replace
report request research review revise rewrite run schedule sell send set sign speak submit test translate
update upload verify work write
"""
DEEDS: Final = frozenset(_DEEDS.split())
"""Verbs of things that are done after a meeting, with a result that others can see."""

DEED_PHRASES: Final = re.compile(
    r"\W*(?:come up with|look (?:into|at)|work (?:on|out)|find out|put together|follow up|set up|take care of|make sure"
    r"|get back)\b",
    re.IGNORECASE,
)
"""Such verbs of several words; alone, their first words say less."""

_TALK: Final = """
begin continue explain go hand handle hear introduce jump keep let listen mention move open pass point read
repeat say share show skip stand start stop switch take talk tell turn wrap zoom
"""
TALK_VERBS: Final = frozenset(_TALK.split())
"""After "I will" these are about the meeting itself: "I'll show you", "I'll hand over to Ann"."""
