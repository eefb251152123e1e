"""Phrases that commit people, and phrases that only seem to. Data only; add one together with a test that shows what it fixes.

Must not go here: rules (``commitment.py``).
"""

from typing import Final

from meeting_pipeline.domain.word_sets import phrases, word_set

ASKING: Final = word_set("""
    can could would will shall should do does did is are has have who what when where how why which may
    """)
HYPOTHETICAL: Final = phrases("""
    probably / at some point / sometime / would have / should have / could have / was going to / were going to / used to
    / would be nice / would be good / would be great / what if / for example / in theory / let's say / just kidding / i
    wish / we could / i could / you could / somebody could / someone could / thinking about / think about / thought
    about / should we / consider / considering / might / maybe / perhaps / possibly / suppose / imagine / hypothetically
    / one day / someday / was joking / i hope / i propose / i suggest / i'd suggest / i'd propose / i would like / we
    might / not sure / don't know / haven't decided / not decided / undecided / how about / what about / whether / i
    move that / i move to / the motion is / motion to / i'd vote / i vote / i'd go / i'd prefer / i prefer / i'd rather
    / i would rather / i would prefer / my preference / i'm for / i'm in favour / i'm in favor / i am in favour / in my
    opinion / up for discussion / still open / leaning towards / leaning to / tempted to / to be decided / to be
    discussed / we would / we'd / i would / i'd / would love to / i was hoping / would do
    for / that would do / it would do / the idea is / the idea was / one idea /
    one option / an option / the proposal is / my proposal / toying with / open question / the question is / would've /
    could've / should've / meant to / wanted to / hoping to / supposed to / were to / ideally / wouldn't mind / ought we
    """)
OWN_WISHES: Final = phrases("i want to / i'd like to / i'd love to / i want us to / i'd like us to")
"""A decision only if somebody agrees."""
SOME_DAY: Final = phrases("one day / some day / someday / at some point / sometime / eventually / some time")
"""Nobody agrees to it by liking it."""
WONDERING: Final = frozenset(("decide", "decided", "wonder", "wondering", "know", "ask", "discuss", "see", "unclear"))
SHOULD: Final = phrases("i think we should / we should probably / maybe we should / shouldn't we")
FIRM: Final = phrases("""
    i will / i'll / i'm going / we will / we'll / we decided / we agreed / i have to / we have decided / we've decided /
    it's decided / that's decided / is decided / i'd better / we'd better / i'd be / we've agreed / i'm happy to
    """)
HABITS: Final = phrases("i used to / we used to / he used to / she used to / they used to / you used to / used to be")
"""They tell what is no longer done."""
PLANS_OF_BEFORE: Final = phrases("""
    was to be / were to be / was to have / was to start / had been planned / was planned for / was meant to be / was going to be /
    was supposed to be / were supposed to be
    """)
"""They tell a plan that does not hold any more: "it was to be on the eighteenth"."""
CUSTOMS: Final = phrases("""
    always said / always had / always did / have always / has always / we've always / always used / until now / up to now /
    so far / normally / usually / traditionally / in the past / in previous years / every other year /
    last time / up till now / till now
    """)
"""They tell what was done until now, which a turn such as "this time" ends."""
TURNS: Final = phrases("""
    this time / from now on / this year / not any more / not anymore / no longer / no more / instead / but now / but i think we /
    let's change / but we'll / but let's
    """)
SOFTENING: Final = phrases("might / maybe / perhaps / i hope / what if / probably / not sure / don't know")
IDIOMS: Final = phrases("""
    i'll bet / i bet / i'll say / i'll admit / i must admit / i have to admit / i have to say / i must say / i'll give
    you that / we'll see / let's face it / i'll be honest / to be honest with / i'd kill / eat my hat / cross that
    bridge / over my dead body / when pigs fly / never hear the end / i'll pass on / your word for it / i'll be damned /
    i could murder / would be the day / yeah right / i'll believe it when / wait and see / as if / in your dreams / i'll
    drink to that / kick the bucket / in an ideal world / in a perfect world / in another life / if only / if i were /
    if we had / if i had / the hell out / a dime for / i'll never / god forbid / will be the death
    """)
"""Turns of speech that promise nothing."""
TURNED: Final = phrases("""
    not decided / not final / nothing is fixed / nothing's fixed / not fixed / not settled / not certain / not official
    / depends on / depending on / we'll see / let's see / haven't decided / hasn't decided / to be confirmed / no
    promises / can't promise / not sure yet / don't hold me / only a thought / just a thought / just an idea / only an
    idea / just thinking / still open / not yet / not a decision / no decision
    """)
"""After "but" they leave open what was said before it."""
ASKED: Final = phrases("""
    you could / you should / you might / i want you / i need you / i'd like you / i would like you / i'd like somebody /
    i'd like someone / somebody should / someone should / somebody could / someone could / somebody has to / someone has
    to / somebody must / someone must / somebody needs / someone needs / we need somebody / we need someone / anybody
    could / i want somebody / i want someone / somebody ought / someone ought / if somebody / if someone
    """)
"""They ask somebody, and are a task only if somebody takes it."""
OFFERING: Final = word_set(
    "offered offers proposed proposes quoted quotes bid bids demanded demands requested requests"
)
"""What others do with a number or a plan that nobody has accepted yet."""
WANTING: Final = word_set("i we you do don't don't just really also still both all and")
FORMERLY: Final = phrases(
    "we said / we'd said / we had said / the plan was / originally / we'd planned / we had planned"
)
"""Before "but" they tell what does not hold any more: "we said Saturdays only, but ..."."""
WISHING: Final = phrases("""
    i'd / we'd / i would / we would / could / might / should / wanted to / was going to / were going to / hoped to / i'm
    tempted / i meant to / would love / would like / were hoping to / was hoping to / planned to
    """)
