"""Phrases with which people accept and decline. Data only; add one together with a test that shows what it fixes.

Must not go here: rules (``replies.py``).
"""

from typing import Final

from meeting_pipeline.domain.verification.stems import stem
from meeting_pipeline.domain.word_sets import phrases, word_set

FILLERS: Final = word_set("well so um uh oh hm hmm mm ah er erm eh hey look")
YES: Final = word_set("""
    yes yeah yep yup sure absolutely definitely certainly gladly agreed aye exactly mhm will consider done noted understood
    affirmative roger totally alrighty okey deal
    """)
MAYBE_YES: Final = word_set("okay ok fine good right great perfect alright happy cool lovely brilliant excellent super")
"""They accept, or only go on to the next topic."""
YES_PHRASES: Final = phrases("""
    of course / all right / can do / will do / why not / my pleasure / with pleasure / no problem / no worries / not a
    problem / works for me / sounds good / fine with me / fine by me / good with me / i'm in / count me in / count on me
    / consider it / on it / got it / leave it to me / leave that to me / leave it with me / leave that with me / i'm on
    it / happy to / glad to / sure thing / uh huh / mm hmm / i agree / i'd agree / you got it / right away / so be it /
    good idea / great idea / makes sense / i second / that's fine / that works / that would
    """)
INVITING: Final = phrases("please do / go ahead / do that / do it / thank you / thanks")
NO: Final = word_set("no nope nah sorry unfortunately never impossible hardly")
REFERRING: Final = frozenset(("ask", "try"))
"""As the first word they send the question on: "Ask Henrik"."""
NO_REALLY_YES: Final = phrases(
    "no problem / no worries / no objection / no objections / no doubt / no issue / no trouble"
)
NOT_MINDING: Final = phrases("not at all / no not at all / no / nope / of course not / no go ahead / not a bit")
DECLINING: Final = phrases("""
    i'm afraid / afraid i / swamped / snowed under / up to my / my plate / plate is full / too busy / so busy / really
    busy / very busy / i'm busy / quite busy / overloaded / drowning in / buried in / buried under / no time / out of
    office / on holiday / on vacation / on leave / on parental leave / i'm away / i'm off / i'm out / be away / be off /
    be out of / booked up / booked solid / fully booked / tied up / i'd rather not / i would rather not / rather not /
    not my / somebody else / someone else / anybody else / anyone else / wish i could / love to but / i'd like to but /
    i would but / i'd but / would love to if / struggle / stretched / hands full / hands are full / think about it /
    sleep on it / let me think / i'll think / i'll see / we'll see / let's see / let me see / check my calendar / not
    sure / depends / why me / me again / i'll pass / i pass / pass on / count me out / leave me out / sit this one out /
    out of my depth / good question / hard to say / no idea / better person / better placed / wrong person / isn't mine
    / is not mine / i doubt / another time / some other time / beyond me / find another / find somebody / find someone /
    get another / get somebody / get someone / you do it / do it yourself / your job / your turn / i wouldn't / have
    enough / more than enough / no way / forget it / dream on / when hell / over my dead body / i quit / come back to /
    i'd rather / i would rather / park that / park it / take it offline / talk about it / discuss it / discuss that /
    table that /
    put it to / put that to / run it by / run that by / bring it to the / we decide next
    / decide next time / we'll choose / we'll decide / we'll pick /
    we can decide / we can choose / decide later / choose later / a few
    options / some options / and then decide / and then choose / and then we'll see / let me look / i'll have a think / need to
    think / like to discuss / want to discuss / need to discuss / have to discuss / discuss first / have to think / want to think
    """)
PROMISES: Final = phrases("""
    i will / i'll / i can / i could / let me / i shall / i'm going to / i am going to / i'm gonna / we'll / we will / we
    can / we're / we are / let's / we decided / we've decided / we agreed / i'd be / i'd better / i should / i have to /
    i need to / i must / i'm / i do / you'll have / you will have
    """)
POINTING: Final = word_set("it that this them those these one so both all him her mine")
HELPING: Final = frozenset(stem(word) for word in word_set("try able manage happy glad pleasure course problem sure"))
RELATED: Final = frozenset(stem(word) for word in word_set("agree approve carry vote yes"))
