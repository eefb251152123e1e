"""English verbs of two words with their object between them, and words that are true if a narrower one was said. Data only.

Belongs here: what lets a claim say the same in other words. Must not go here: words that mean the same (``synonyms.py``), rules.
"""

from collections.abc import Mapping
from typing import Final

_SEPARABLE: Final = """
get back contact / get in,out,over arrange / get ready prepare / get through contact / let know tell / put together prepare /
put out,up,live publish / put on,up post / put through transfer / put back,off postpone / put in submit / put down write /
write up,down write / draw up write / hand round,around,out,over distribute / hand in submit / pass on,round forward / pass
along forward / take up discuss / take down delete / take on,over undertake / take through show / talk through discuss / talk
over discuss / walk through show / run through show / run by,past ask / send round,out,over,across send / set up schedule /
find out investigate / look up,at,over check / go over,through check / bring along,over deliver / bring up mention / bring
back return / pick up collect / drop off deliver / print out,off print / fill in,out complete / clean up,out clean / tidy
up,out clean / sort out resolve / call off cancel / call back,up contact / turn down reject / turn off,out disable / turn on
enable / switch off disable / switch on enable / vote down reject / roll out release / try out test / give
call,ring,shout,bell call / give look check / give heads-up tell / drop line,email,note contact / move forward,up,back,out
reschedule / bring forward reschedule / keep posted,updated,informed,loop tell / keep eye monitor / have look check / have
word,chat talk / take look check / make list list / make appointment schedule / sit down meet / catch up meet / come up,back
prepare / work out determine / figure out determine / sign off approve / sign up register / check with ask / check in ask /
write off cancel / phase out discontinue / shut down close / close down close / back up save / type up write / note down
write / chase up contact / follow up contact / reach out contact / touch base contact / ask around ask / hire out rent / rent
out rent / spread word tell / point out mention / read through check / read over check / double check check / line up arrange
/ fix up arrange / lay off dismiss / let go dismiss / throw out,away delete / stand still stop / out goes discard / sort out
clarify / see to handle / break to tell / let have send / stay out avoid / get rid discard / keep out avoid / bring down
lower / come down lower / go down lower / come up raise / pick up answer / go off ring / out with delete / take in earn /
bring in earn / let have give / get over,across send / cross off delete / leave until,till,to,for postpone / hold off,over
postpone / wait until,till,for postpone / speed up accelerate / slow down delay / scale back,down lower / cut down,back lower
/ bring down lower / go up raise / put price raise / bump up raise / ramp up raise / build up create / knock up create / whip
up create / dig into investigate / dig out find / track down find / hunt down find / stay with keep / hang on,onto keep
"""
SEPARABLE: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    first: tuple(
        (particle, row.split()[2])
        for row in _SEPARABLE.split("/")
        if row.split()[0] == first
        for particle in row.split()[1].split(",")
    )
    for first in dict.fromkeys(row.split()[0] for row in _SEPARABLE.split("/"))
}
"""By the infinitive: the word that follows, not always at once, and the verb that both mean: "let the members know"."""

_WIDER: Final = """
contact: call talk send ask tell write ping chase nudge message text
clarify: ask check talk determine find
obtain: buy get ask collect request receive fetch bring
buy: get
share: show tell give present post put bring publish
visit: go see pop drop stop
reply: answer contact respond
respond: answer reply contact
switch: change move choose go
migrate: move switch transfer
present: show give bring report walk explain read
show: present walk bring
report: tell write present announce
tell: say announce warn report remind write forward pass send
ask: need want request
pay: get cost
find: look search
letter: write
email: write
announce: tell say publish
arrange: schedule call order hire find invite plan set get sort request
schedule: arrange plan put set fix
create: write make design prepare set draw
write: prepare create make put
prepare: write create make plan set
develop: write make prepare design
make: create prepare
produce: write prepare create make
compile: prepare write list collect gather
collect: get fetch gather ask
discuss: raise mention meet see sit bring
meet: see sit session talk visit
attend: go come visit
publish: post put upload send
post: publish put upload send
upload: put post publish send
install: put set mount fit
replace: change switch swap exchange
remind: tell nudge chase ping
report: tell write present
confirm: check approve verify tell
approve: sign okay pass carry fund allow through confirm
expect: hope plan think budget
revisit: talk discuss look come see
follow: chase ask check remind write call
adjust: tweak tune
dispose: discard delete throw waste
provide: give send bring get have
client: customer account
modify: tweak adjust fix
reduce: come go cut bring
support: help
print: printer
invite: invitation
spend: cost use
use: try take
start: open launch
end: stop finish
attach: add send put
section: part
plan: want
shorten: cut lower
remove: throw drop take out
drop: throw
earn: bring take make
raise: bring
set: make
fund: approve pay finance
determine: check ask find see work decide
identify: find list look determine
investigate: find look ask
monitor: watch check track keep
manage: run handle own lead take organise arrange
oversee: run lead manage chair
lead: run chair manage own
host: hold run organise
hold: do run have meet organise
organise: arrange plan run book schedule
assign: give put hand
exclusively: only
solely: only
fail: fall lose break reject
postpone: wait hold leave later park table
rest: other
result: number outcome answer finding figure
previous: last before
prior: last before
additional: another more second
vehicle: car van truck lorry
bring: take carry deliver drive
accompany: join come go
proofread: read check review
record: write log note
document: write record note
limit: only cap
receive: get
test: try check pilot
finalize: finish complete sign
implement: build make do introduce set
introduce: start launch
proceed: go start carry
continue: go carry
adopt: choose use go take
explain: show tell describe
recommend: suggest propose
return: bring send give
close: shut
search: look find
enable: switch turn
disable: switch turn
perform: run do carry
conduct: run do carry hold
submit: send hand give file
provide: give send bring get
supply: give send bring
deliver: bring send give take
transfer: move pay send
extend: lengthen prolong
address: fix resolve handle talk
resolve: sort handle fix
coordinate: talk arrange organise
consult: ask talk
evaluate: check compare look test
compare: check look
calculate: work count figure cost
estimate: work count figure
review: read look check
""".strip()
WIDER: Final[Mapping[str, tuple[str, ...]]] = {
    row.split(": ")[0]: tuple(row.split(": ")[1].split()) for row in _WIDER.split("\n")
}
"""Words that are also true if one of the others was said."""
