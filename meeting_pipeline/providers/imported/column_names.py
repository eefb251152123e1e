"""Names of the columns of a transcript, in the languages that exports come in, in small letters.

Must not go here: reading tables (``formats/columns_csv.py``, ``formats/table_txt.py``), keys of JSON (``json_keys.py``).
"""

from typing import Final

TEXTS: Final = (
    "text", "transcript", "sentence", "content", "words", "utterance", "caption", "dialogue", "transcription", "original",
    "original text", "source text", "inhalt", "aussage", "gesprochener text", "texte", "contenu", "propos", "texto",
    "contenido", "transcripción", "conteúdo", "transcrição", "testo", "contenuto", "trascrizione", "tekst", "treść",
    "wypowiedź", "transkrypcja", "текст", "реплика", "содержание", "内容", "文本", "转写内容", "內容", "テキスト", "発言",
    "発言内容", "文字起こし", "내용", "텍스트", "발언", "النص", "טקסט",
)  # fmt: skip
STARTS: Final = (
    "start", "start time", "start_time", "starttime", "start (s)", "start_ms", "start timecode", "in", "begin", "timestamp",
    "time", "timespan", "timecode", "beginn", "anfang", "startzeit", "zeit", "zeitstempel", "début", "debut", "heure",
    "temps", "horodatage", "inicio", "tiempo", "hora", "marca de tiempo", "início", "tempo", "inizio", "początek", "czas",
    "начало", "время", "开始时间", "开始", "时间", "開始時間", "開始時刻", "開始", "時間", "時刻", "시작", "시작 시간",
    "시간", "البداية", "الوقت", "זמן", "התחלה", "van",
)  # fmt: skip
ENDS: Final = (
    "end", "end time", "end_time", "endtime", "end (s)", "end_ms", "end timecode", "out", "stop", "ende", "endzeit", "fin",
    "fim", "final", "fine", "koniec", "конец", "结束时间", "结束", "終了時間", "終了時刻", "終了", "結束時間", "종료",
    "종료 시간", "النهاية", "סוף", "einde",
)  # fmt: skip
SPEAKERS: Final = (
    "speaker", "speaker name", "speaker_name", "speakers", "speaker label", "participant", "name", "who", "sprecher",
    "sprecherin", "sprecher/in", "teilnehmer", "locuteur", "intervenant", "orateur", "hablante", "orador", "interlocutor",
    "falante", "participante", "parlante", "relatore", "oratore", "mówca", "rozmówca", "спикер", "говорящий", "участник",
    "发言人", "说话人", "發言人", "話者", "発言者", "話し手", "화자", "발언자", "참석자", "المتحدث", "דובר", "spreker",
)  # fmt: skip
