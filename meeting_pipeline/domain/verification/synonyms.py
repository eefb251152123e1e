"""English words that mean the same in meetings, and irregular forms. Data, and the table made of it.

Belongs here: groups that are safe to exchange in a task or decision. Must not go here: opposites in one group.
"""

from collections.abc import Mapping
from typing import Final

GROUPS: Final = """
send email mail e-mail forward share circulate distribute submit deliver dispatch transmit shoot
call phone ring telephone dial
fix repair resolve solve correct mend patch
check verify review inspect examine investigate look assess evaluate research validate explore
write draft compose
schedule book reserve
organize organise
buy purchase order procure
update refresh revise amend edit modify change adjust tweak
finish complete finalize finalise
begin start initiate commence
release ship publish launch rollout deploy
talk speak discuss chat consult
ask request inquire enquire
tell inform notify brief
show present demonstrate demo
hire recruit employ
pay transfer wire remit
price cost
customer client
satisfied happy pleased glad
monitor watch track observe
train teach coach instruct
limit restrict cap
replace swap exchange substitute
shut close
merge combine
annual yearly
company firm
twice double
reader readership
additional extra further
holiday vacation
revenue turnover
suggest propose
register enrol enroll
uncertain unsure
discard dispose disposal
invite invitation
part section
print printer
remind nudge
invoice bill
vehicle car
workshop seminar
tidy clean
child kid
illness sickness
vendor supplier provider
employee staff
document doc
picture photo image
raise increase lift hike
lower decrease cut reduce slash
postpone delay defer push move reschedule
cancel scrap abandon
delete remove erase wipe
approve accept authorize authorise greenlight
reject refuse decline
choose select pick opt adopt
keep stay remain stick retain continue maintain
stop halt quit discontinue cease end
build create develop implement construct
produce make
collect gather compile
bug issue problem defect
join attend participate
help support assist
add include insert
number figure metric statistic
slide deck
website site page homepage
estimate quote offer
colleague coworker
laptop notebook
ad advert advertisement
mistake error
big large
quick fast
applicant application candidate
dollar dollars usd $
euro euros eur €
pound pounds gbp £
percent percentage per-cent %
""".strip().split("\n")

_FORMS: Final = """
sent:send bought:buy made:make told:tell wrote:write written:write shown:show spoke:speak spoken:speak met:meet
paid:pay kept:keep found:find brought:bring built:build began:begin begun:begin chose:choose chosen:choose drew:draw
drawn:draw drove:drive driven:drive gave:give given:give held:hold led:lead left:leave lost:lose meant:mean ran:run
rung:ring sold:sell spent:spend stood:stand stuck:stick taught:teach thought:think understood:understand won:win
took:take put:put set:set cut:cut read:read did:do done:do went:go gone:go got:get gotten:get saw:see seen:see
heard:hear forgot:forget forgotten:forget withdrew:withdraw withdrawn:withdraw hung:hang lent:lend fought:fight
flew:fly froze:freeze frozen:freeze shot:shoot shut:shut sang:sing sat:sit slept:sleep rose:rise risen:rise
fell:fall fallen:fall grew:grow grown:grow shrank:shrink broke:break broken:break became:become caught:catch dealt:deal
dug:dig drank:drink ate:eat eaten:eat felt:feel fed:feed hid:hide hidden:hide knew:know known:know laid:lay rode:ride
sought:seek shook:shake stole:steal stolen:steal swam:swim threw:throw thrown:throw wore:wear worn:wear woke:wake bore:bear
bit:bite blew:blow blown:blow lit:light slid:slide tore:tear torn:tear swore:swear sworn:swear beat:beat bound:bind
overtook:overtake came:come remaining:rest
rewrote:rewrite rewritten:rewrite decision:decide decisions:decide choice:choose choices:choose analysis:analyze
analyses:analyze analyse:analyze analysed:analyze delivery:deliver deliveries:deliver purchase:purchase people:person
children:child men:man women:woman sales:sale taxes:tax cancelled:cancel cancelling:cancel travelled:travel
labelled:label modelled:model agreed:agree process:process business:business access:access news:news boss:boss
analytics:analytics rehearsal:rehearse confirmation:confirm reservation:reserve cancellation:cancel
recruitment:recruit subscription:subscribe description:describe production:produce reduction:reduce meeting:meet
meetings:meet payment:pay payments:pay leasing:lease
"""
IRREGULAR: Final[Mapping[str, str]] = dict(pair.split(":") for pair in _FORMS.split())
"""Irregular forms, and nouns whose verb the suffix rules do not find."""
PARTICIPLES: Final = frozenset(
    form
    for form in IRREGULAR
    if form.endswith(("t", "d", "n", "ne", "e"))
    and form not in ("put", "set", "cut", "read", "shut", "beat", "lit", "people", "purchase")
    and form not in ("broken", "broke", "hidden", "torn", "worn", "bound", "known")
)
"""Irregular forms of the past, as far as they differ from the infinitive."""

_VERBS: Final = """
set up schedule / look into check / go through review / find out investigate / figure out investigate / get back
contact / getting back contact / reach out contact / in touch contact / follow up contact / write up write / put
together prepare / call off cancel / turn down reject / roll out release / rolling out release / kick off start / wrap
up finish / hand in submit / hand over transfer / fill in complete / fill out complete / carry out perform / make sure
ensure / sort out resolve / clean up clean / sign up register / bring up mention / pick up collect / print out print /
type up write / draw up write / go with choose / going with choose / went with choose / settle on choose / settled on
choose / opt for choose / stick with keep / sticking with keep / stay with keep / drop off deliver / pass on forward /
how much price / take over undertake / get hold contact / make it reschedule
"""
PHRASES: Final[Mapping[tuple[str, str], str]] = {
    (first, second): verb for first, second, verb in (row.split() for row in _VERBS.split("/"))
}
"""Two words that mean one verb."""
