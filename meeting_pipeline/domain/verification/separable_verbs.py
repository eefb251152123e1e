"""English verbs of two words with their object between them: "let the members know" means "tell". Data only.

Must not go here: words that are true if a narrower one was said (``paraphrases.py``).
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
up create / dig into investigate / dig out find / track down find / hunt down find / stay with keep / hang on,onto keep /
look after supervise / keep back withhold / hold back withhold
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
