"""Lists of English words that the checks use. Data only; add a word together with a test that shows what it fixes.

Must not go here: rules.
"""

from typing import Final

from meeting_pipeline.domain.word_sets import word_set

STOP_WORDS: Final = word_set("""
    a about above after again all already also always am an and any anybody anyone anything are around as at away back be because
    been before being below between both but by bye came can cannot come comes coming could did do does doing done down during
    each either else enough even ever every everybody everyone everything few for from further get gets getting give go goes
    going gone gonna good got great had has have having he hello her here hers herself hey hi him himself his how i if in
    into is it its itself just kind let lets like lot lots many may maybe me might mine more most much must my myself need
    needs needed new next no nobody none nor not nothing now of off often oh ok okay on once only onto or other others our
    ours ourselves out over own per perhaps please put quite rather really right said same say says see shall she should
    since so some somebody someone something soon still such sure take taken takes than thanks that the their theirs them
    then there these they thing things this those through thus till to together too under until up upon us use used very
    via want wanted wants was way we well went were what when where whether which while who whole whom whose why will with
    within without would yeah yes yet you your yours yourself one ones um uh mm hmm ugh huh phew wow et cetera etc actually
    basically honestly anyway sorry wait mr mrs ms mister
    """)
"""Words that say nothing about the subject of a claim."""

NUMBER_WORDS: Final = word_set("""
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion dozen k m mn
    bn first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth
    sixteenth seventeenth eighteenth nineteenth twentieth thirtieth fortieth fiftieth sixtieth seventieth
    eightieth ninetieth st nd rd th
    """)
"""They are compared as numbers."""

GENERIC_WORDS: Final = word_set("""
    ensure provide prepare handle undertake perform get care coordinate follow followup proceed responsible
    responsibility involve regard become
    concern action item task owner participant attendee team group speaker member colleague person people several various
    key main early necessary relevant regarding
    """)
"""Words in which a claim is put into words. They count if they were said, and do not count against the claim if not."""
META_WORDS: Final = GENERIC_WORDS | word_set("""
    meeting discuss discussion talk agree agreement decide decision mention explain note plan topic subject point conclude
    propose suggest ask confirm address cover focus include state conversation present introduce introduction open opening
    close closing wrap step status update overview review agenda summary conclusion question goodbye greeting farewell
    logistics organize organise complete remain continue aim intend commit promise work miscellaneous minute today time
    part settle resolve matter issue
    """)
"""The same for summaries and titles, which say more about the talk itself."""

BENIGN_VERBS: Final = word_set("""
    create produce provide prepare arrange clarify review follow tell inform contact coordinate organise organize finalize
    finalise finish complete check investigate discuss present report update research compile collect gather address
    handle support assist
    help look confirm verify determine identify explore evaluate assess analyse analyze consider monitor track implement conduct
    perform execute ensure manage maintain continue proceed work develop design build define set establish adjust improve obtain
    share submit deliver bring get give make take respond reply answer post publish notify remind
    """)
"""Verbs that a summary of work puts for others, and that change nothing alone. Their object must have been said."""

NEGATIONS: Final = word_set("""
    not never no none nobody nothing neither nor without cannot nowhere hardly
    """)
BARE_NEGATIONS: Final = word_set("""
    cant wont dont doesnt didnt isnt arent wasnt werent shouldnt wouldnt couldnt hasnt havent hadnt mustnt neednt aint
    shant
    """)
"""Contractions in transcripts that leave out the apostrophe."""
PAST_NEGATIONS: Final = word_set("""
    haven't hasn't hadn't didn't wasn't weren't havent hasnt hadnt didnt wasnt werent
    """)
"""They say what has not happened; that refuses no task."""
PAST_HELPERS: Final = word_set("have has had did was were i've we've they've you've")
UNREFUSING: Final = word_set("agree promise say decide plan want mean intend commit offer")
"""With these even a negation of the past refuses: "I did not promise to call"."""
HARMLESS_AFTER_NOT: Final = word_set("""
    only just later less fewer problem problems worries doubt matter forget worry hesitate fail mind miss neglect wait
    """)
"""After a negation these make it none: "not only", "no later than", "don't forget"."""
WEAK_NEGATIONS: Final = word_set("""
    cancel stop avoid refuse decline reject against drop skip abandon scrap forbid remove omit exclude eliminate
    """)
"""Verbs that turn what follows into its opposite, up to the next conjunction."""
NOT_WEAK_BEFORE: Final = word_set("by off in you me him her them us a line")
"""After "stop" or "drop" these make another verb: "stop by", "drop you a line"."""

PRONOUNS: Final = word_set("i we you he she they it there that this let")
SUBJECTS: Final = word_set("""
    i we you he she they it there lets please somebody someone everybody everyone nobody
    """)
HELPERS: Final = word_set("""
    will would shall should can could may might must am is are was were do does did have has had need needs gonna going
    want think won't can't don't doesn't didn't shouldn't wouldn't couldn't isn't aren't wasn't haven't hasn't agreed
    decided know cannot wont cant dont
    """)
LINKING: Final = word_set("""
    that what which who whom where how as think believe suppose sure agree expect guess want imagine know say said hope
    mean thing everything whatever all report reports
    """)
"""A subject after one of these belongs to the same clause: "I don't think we should"."""
BREAKING: Final = word_set("""
    but because although though whereas however while if unless when who which
    """)

DAYS: Final = word_set("monday tuesday wednesday thursday friday saturday sunday")
MONTHS: Final = word_set("""
    january february march april may june july august september october november december
    """)
DATE_WORDS: Final = DAYS | (MONTHS - {"may", "march"}) | {"today", "tomorrow", "tonight", "yesterday"}
"""They must have been said, wherever a claim has them."""
TIME_WORDS: Final = (
    DATE_WORDS
    | MONTHS
    | word_set("""
    jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun day days week weeks weekend month months
    quarter year years noon midday midnight morning afternoon evening night eod eow eom asap immediately soon now deadline
    christmas easter hour hours minute minutes oclock o'clock am pm sprint q1 q2 q3 q4 meeting
    """)
)
"""One of these is in every phrase that says when something is due."""
