"""Words that are accepted in a claim if a narrower one was said: "contact" if somebody calls. Data only.

Must not go here: words that mean the same (``synonyms.py``), verbs of two words (``separable_verbs.py``), rules.
"""

from collections.abc import Mapping
from typing import Final

_WIDER: Final = """
    accompany: join come go sit / acquire: buy get / additional: another more second / address: fix resolve handle talk /
    adjust: tweak tune / adopt: choose use go take / alert: tell warn / allow: let / amount: money sum /
    announce: tell say publish put post send write / appoint: choose elect make name / approval: approve okay /
    approve: sign okay pass carry fund allow through confirm /
    arrange: schedule call order hire find invite plan set get sort request / ask: need want request /
    assign: give put hand / attach: add send put / attend: go come visit / await: wait / brief: tell /
    bring: take carry deliver drive / broadcast: air run send read / buy: get / calculate: work count figure cost /
    cease: stop end / choose: take go pick / clarify: ask check talk determine find / clean: wash tidy wipe /
    client: customer account / close: shut / collect: get fetch gather ask pick / commence: start begin /
    communicate: tell say call write announce pass let / compare: check look /
    compile: prepare write list collect gather / complaint: complain / conduct: run do carry hold /
    confirm: check approve verify tell / consult: ask talk /
    contact: call talk send ask tell write ping chase nudge message text / continue: go carry /
    coordinate: talk arrange organise / create: write make design prepare set draw / decide: agree / decline: no turn /
    decrease: down / deliver: bring send give take / determine: check ask find see work decide /
    develop: write make prepare design / disable: switch turn / discontinue: stop end drop /
    discuss: raise mention meet see sit bring / display: show hang put / dispose: discard delete throw waste /
    document: write record note / donate: give / draft: write prepare / drop: throw / earn: bring take make /
    elect: choose / email: write / employee: people team / enable: switch turn / end: stop finish /
    estimate: work count figure / evaluate: check compare look test / event: party evening show fair /
    examine: look check see / exclusively: only / expect: hope plan think budget / explain: show tell describe /
    extend: renew add lengthen prolong / fail: fall lose break reject / fee: price cost money / fetch: get pick /
    finalize: finish complete sign / find: look search / follow: chase ask check remind write call / forward: send pass /
    fund: approve pay finance money budget / handle: do take / hang: put / hire: take get /
    hold: do run have meet organise / host: hold run organise / identify: find list look determine / illness: sick ill /
    implement: build make do introduce set / increase: up / individual: person people / initiate: start begin /
    inquire: ask check find call / inspect: look check see / install: put set mount fit hang / instruct: tell ask /
    interview: meet see talk / introduce: start launch / investigate: find look ask / invite: invitation / late: behind /
    lead: run chair manage own / letter: write / limit: only cap / loan: borrow lend / location: place / lower: trim mow /
    make: create prepare / malfunction: broke break fail / manage: run handle own lead take organise arrange /
    meet: see sit session talk visit / migrate: move switch transfer / modify: tweak adjust fix /
    monitor: watch check track keep / mount: put hang install / necessary: need /
    obtain: buy get ask collect request receive fetch bring / oppose: against / order: get take /
    organise: arrange plan run book schedule / outline: write / overdue: late behind / oversee: run lead manage chair /
    pay: get cost cover / perform: run do carry / permission: allow okay permit / permit: let / photocopy: copy run /
    pick: fetch get / plan: want / post: publish put upload send / postpone: wait hold leave later park table /
    prepare: write create make plan set / present: show give bring report walk explain read / previous: last before /
    print: printer / prior: last before / proceed: go start carry / produce: write prepare create make / prolong: extend /
    proofread: read check review / provide: give send bring get have / publish: post put upload send write /
    note: write / raise: bring /
    reach: call write / receive: get / recommend: suggest propose / record: write log note / recruit: find take get /
    redo: do / reduce: come go cut bring / refill: fill / refund: pay give / reimburse: pay refund /
    relocate: move shift bring go / remind: tell nudge chase ping / remove: throw drop take out / renew: extend prolong /
    rent: hire get / replace: change switch swap exchange / reply: answer contact respond /
    report: tell write present announce / represent: go stand / require: need want / reschedule: move shift /
    reserve: hold keep block get / resolve: sort handle fix / respond: answer reply contact / rest: other /
    result: number outcome answer finding figure / retain: keep stay hold / retrieve: get fetch collect pick /
    return: bring send give back / review: read look check / revisit: talk discuss look come see / rewrite: write /
    rise: raise increase grow go / rumour: told press heard / schedule: arrange plan put set fix / search: look find /
    section: part / secure: get book / seek: ask look find get / select: take pick go / serve: give / set: make /
    share: show tell give present post put bring publish / shortage: short / shorten: cut lower /
    show: present walk bring / solely: only / spend: cost use / staff: people team / start: open launch /
    store: keep put / submit: send hand give file / summarize: write / supply: give send bring / support: help /
    switch: change move choose go / task: job / tell: say announce warn report remind write forward pass send /
    terminate: end cancel stop quit / test: try check pilot / transfer: move pay send /
    transport: take bring drive carry / upload: put post publish send / use: try take / vehicle: car van truck lorry /
    venue: place hall room / visit: go see pop drop stop / warn: tell / write: prepare create make put
    """
_ROWS: Final = tuple(row.strip().split(": ") for row in " ".join(_WIDER.split()).split(" / "))
WIDER: Final[Mapping[str, tuple[str, ...]]] = {
    wide: tuple(word for other, words in _ROWS if other == wide for word in words.split())
    for wide in dict.fromkeys(wide for wide, _ in _ROWS)
}
"""Words that are also true if one of the others was said."""
