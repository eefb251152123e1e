# ruff: noqa: RUF001 - letters of other scripts are meant
"""WebVTT and SRT files of people who do this job: speakers and words, starts where they matter, and labels."""

Row = tuple[str | None, str]

HELLO: list[Row] = [("Ana", "Hello."), ("Ben", "I will send it.")]
RIGHT_CUES: dict[str, list[Row]] = {
    "whisperx.srt": [
        ("SPEAKER_00", "Good morning, let us start."),
        ("SPEAKER_01", "I will send the report by Friday."),
        ("SPEAKER_00", "Thank you."),
    ],
    "whispercpp_diarize.srt": [
        ("speaker 0", "Good morning."),
        ("speaker 1", "I will book the room by Monday."),
        ("speaker 0", "Fine."),
    ],
    "zoom_phone.vtt": [
        ("15550100123", "Can you hear me?"),
        ("Ana Lopez", "Yes, we can."),
        ("15550100123", "I will pay the invoice by Friday."),
    ],
    "fullwidth.vtt": [("王芳", "我们开始吧。"), ("李伟", "我周五之前发送报告。")],
    "rtl_mark.vtt": [("דנה כהן", "שלום לכולם."), ("יוסי לוי", "אני אשלח את הדוח.")],
    "own_draft.srt": [("Speaker A", "Good morning."), ("Speaker B", "I will do it.")],
    "chevron.vtt": [("ANNA", "Good morning."), ("BEN", "I will send it.")],
    "turn_start.srt": [
        ("Ana", "We start with the budget, which is still open, and then the hiring."),
        ("Ben", "I will send the numbers by Friday. No problem."),
    ],
    "turn_start2.vtt": [
        ("Ana", "We start with the budget, which is open."),
        ("Ben", "I will send the numbers by Friday."),
        ("Ana", "Good."),
    ],
    "rev_dash.vtt": [
        (None, "The budget is open."),
        (None, "We need numbers."),
        (None, "I will send them by Friday."),
    ],
    "cue_id.vtt": [("Speaker 1", "Hey there, everybody."), ("Speaker 2", "I will send the report.")],
    "webex.vtt": [
        ("Ana Lopez", "Good morning."),
        ("Ben Ode", "I will send the report by Friday."),
        ("Ana Lopez", "Thank you."),
    ],
    "cp1251.srt": [("Анна", "Доброе утро, начнём."), ("Борис", "Я отправлю отчёт до пятницы.")],
    "gbk.srt": [("王芳", "我们开始吧，今天讨论预算。"), ("李伟", "我周五之前发送报告。")],
    "cp1250_pl.srt": [
        ("Łukasz", "Dzień dobry, zaczynamy."),
        ("Małgorzata", "Wyślę sprawozdanie do piątku, środa też pasuje."),
    ],
    "one_bad_byte.srt": [
        ("José", "Buenos días, señores, ¿empezamos?"),
        ("Ángela", "Enviaré el informe el próximo miércoles, mañana no."),
        ("José", "caf\N{REPLACEMENT CHARACTER}"),
    ],
    "utf16be_nobom.vtt": HELLO,
    "double_bom.vtt": HELLO,
    "youtube.en.vtt": [(None, "welcome to the weekly meeting i will send the report by friday thank you")],
    "youtube.srt": [(None, "welcome to the weekly meeting i will send the report by friday thank you")],
    "growing.vtt": [("Ana", "I will send the report by Friday."), ("Ben", "Thank you.")],
    "no_index.srt": HELLO,
    "comma.vtt": HELLO,
    "no_header.vtt": HELLO,
    "lower_header.vtt": HELLO,
    "mmss.srt": HELLO,
    "negative.srt": HELLO,
    "ms1.srt": HELLO,
    "ass_tags.srt": HELLO,
    "ws_blank.vtt": [*HELLO, ("Ana", "Thanks.")],
    "arrow.vtt": [("Ana", "the flow goes A --> B"), ("Ben", "I will send it.")],
    "br.srt": [("Ana", "Hello everybody."), ("Ben", "I will send it. Today.")],
    "nbsp.vtt": [("Ana Lopez", "Hello."), ("Ben", "Hi."), ("Ana Lopez", "I will send it."), ("Ana Lopez", "Bye.")],
    "swap.srt": [
        ("Speaker B", "Good morning."),
        ("Speaker A", "I will send the report by Friday."),
        ("Speaker B", "Thank you."),
    ],
    "emoji_name.vtt": [
        ("🎉 Ana", "Hello all."),
        ("Ben 🚀", "I will write the minutes."),
        ("🎉 Ana", "Great."),
    ],
    "paren_line.srt": [("Speaker_01", "Good morning."), ("Speaker_02", "I will book the room.")],
    "whisperx.vtt": [("SPEAKER_01", "Hello."), ("SPEAKER_00", "I will call the bank tomorrow.")],
}
CUE_STARTS_MS = {
    "negative.srt": [0, 5000],
    "ms1.srt": [1500, 5100],
    "mmss.srt": [1000, 5000],
    "turn_start.srt": [1000, 10000],
}
CUE_LABELS = {"swap.srt": {"A": "Speaker A", "B": "Speaker B"}, "own_draft.srt": {"A": "Speaker A", "B": "Speaker B"}}
