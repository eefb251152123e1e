"""Pairs of words of which one contradicts the other. Data only.

Must not go here: words that mean the same (``synonyms.py``).
"""

from typing import Final

OPPOSITES: Final = """
hot cold
warm cold
big small
large small
cheap expensive
early late
full empty
inside outside
indoors outdoors
indoor outdoor
online offline
heavy light
wide narrow
long short
high low
man woman
male female
morning evening
digital printed
public private
free paid
hard easy
dry wet
fast slow
quick slow
safe dangerous
strong weak
thick thin
permanent temporary
raise lower
approve reject
hire fire
hire dismiss
buy sell
start stop
add delete
keep cancel
keep delete
keep sell
include exclude
enable disable
open close
higher lower
win lose
accept refuse
allow forbid
continue stop
gain loss
gain lose
increase lose
encrypt decrypt
lock unlock
upgrade downgrade
hide show
join leave
lend borrow
grow fall
grow drop
grow shrink
grow lower
rise fall
rise drop
rise shrink
rise lower
raise fall
raise drop
raise shrink
keep postpone
schedule cancel
prepare cancel
arrange cancel
hold cancel
launch cancel
introduce abolish
introduce drop
invite exclude
arrive depart
expand reduce
extend shorten
increase reduce
import export
deposit withdraw
praise criticize
support oppose
majority minority
early late
cheap expensive
success failure
succeed fail
pass fail
fail fine
repair break
internal external
public private
""".strip().split("\n")
"""Pairs of which one contradicts the other."""
