"""The offline engine and other languages: what it knows of them is right, and its English rules do not fire."""

# ruff: noqa: RUF001 - letters of other scripts look like Latin ones

from datetime import date

import pytest

from meeting_pipeline.domain.answers import MeetingContext
from meeting_pipeline.domain.errors import ProviderRefused
from meeting_pipeline.domain.insight_results import Speakers, Summary
from meeting_pipeline.domain.languages import language_name, language_of
from meeting_pipeline.domain.provenance import Provenance
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.transcript import Segment, Transcript
from meeting_pipeline.providers.offline.analyst import OfflineAnalyst
from meeting_pipeline.providers.offline.sentences import sentences_of

TALKS = {
    "de": (
        "Guten Morgen. Wir haben heute über das Budget für den neuen Katalog zu sprechen.",
        "Das ist nicht einfach, aber die Druckerei in Leipzig hat das Angebot geschickt. Ich werde es bis Freitag prüfen.",
        "Der Termin ist am 3. Mai, z. B. um zehn Uhr. Der Katalog wird auch auf der Messe gezeigt!",
        "Will Sam die Liste schreiben? Wir haben entschieden, dass die Druckerei den Auftrag bekommt.",
    ),
    "fr": (
        "Bonjour. Nous avons une question sur le budget pour le nouveau catalogue.",
        "Je ne suis pas sûr, mais l'imprimerie de Lyon nous a envoyé une offre. Je vais la vérifier avant vendredi.",
        "La réunion est le 3 mai. Vous avez le plan avec les dates et les prix ?",
        "Nous avons décidé que l'imprimerie de Lyon fera le catalogue. C'est une bonne offre pour nous.",
    ),
    "es": (
        "Buenos días. Tenemos que hablar del presupuesto para el nuevo catálogo.",
        "No es fácil, pero la imprenta de Sevilla nos ha mandado una oferta. La voy a revisar antes del viernes.",
        "¿Quién escribe la lista? Yo también puedo, porque los precios no están en el plan.",
        "Hemos decidido que la imprenta de Sevilla hace el catálogo. ¡Muy bien, vamos con eso!",
    ),
    "pt": (
        "Bom dia. Nós temos uma pergunta do orçamento para o novo catálogo.",
        "Não é fácil, mas a gráfica do Porto mandou uma oferta. Eu vou ver isso em detalhe até sexta-feira.",
        "Você tem os preços? Também não estão no plano, porque a lista não está pronta.",
        "Decidimos que a gráfica do Porto faz o catálogo. Então vamos com isso, é uma boa oferta.",
    ),
    "pl": (
        "Dzień dobry. Mamy pytanie o budżet na nowy katalog, jak to już było mówione.",
        "To nie jest łatwe, ale drukarnia w Łodzi przysłała ofertę. Sprawdzę to do piątku, może jutro.",
        "Czy jest już lista? Nie, ale jest na to plan i będzie do jutra.",
        "Zdecydowaliśmy, że drukarnia w Łodzi zrobi katalog. Tak, to jest dobra oferta.",
    ),
    "ru": (
        "Доброе утро. Нам нужно поговорить о бюджете нового каталога.",
        "Типография в Туле прислала предложение. Я проверю его до пятницы.",
        "Кто напишет список? Цены ещё не готовы, но план уже есть.",
        "Мы решили, что типография в Туле сделает каталог. Это хорошее предложение!",
    ),
    "zh": (
        "大家早上好。我们今天讨论新目录的预算。",
        "杭州的印刷厂发来了报价。我会在星期五之前检查报价！",
        "谁来写清单？价格还没有准备好，但是计划已经有了。",
        "我们决定由杭州的印刷厂制作目录。这是一个很好的报价。",
    ),
    "ja": (
        "おはようございます。今日は新しいカタログの予算について話します。",
        "京都の印刷会社から見積もりが届きました。金曜日までに確認します。",
        "リストは誰が書きますか？価格はまだ準備できていません。",
        "京都の印刷会社がカタログを作ることに決めました。とても良い見積もりです。",
    ),
    "he": (
        "בוקר טוב. אנחנו צריכים לדבר על התקציב לקטלוג החדש.",
        "בית הדפוס בחיפה שלח הצעת מחיר. אני אבדוק אותה עד יום שישי.",
        "מי כותב את הרשימה? המחירים עוד לא מוכנים, אבל יש תוכנית.",
        "החלטנו שבית הדפוס בחיפה יכין את הקטלוג. זו הצעה טובה!",
    ),
    "ar": (
        "صباح الخير. نحتاج إلى الحديث عن ميزانية الكتالوج الجديد.",
        "أرسلت المطبعة في القاهرة عرض سعر. سأراجعه قبل يوم الجمعة.",
        "من يكتب القائمة؟ الأسعار ليست جاهزة بعد ولكن الخطة موجودة.",
        "قررنا أن المطبعة في القاهرة ستصنع الكتالوج. هذا عرض جيد!",
    ),
}
SENTENCES = 8
CONTEXT = MeetingContext(title="", meeting_date=date(2026, 3, 11), participants=())


def talk(lines: tuple[str, ...], *, language: str | None = None, names: dict[str, str] | None = None) -> Transcript:
    segments = tuple(
        Segment(index=i, speaker="AB"[i % 2], start_ms=i * 20_000, end_ms=i * 20_000 + 19_000, text=text)
        for i, text in enumerate(lines)
    )
    return Transcript(
        segments=segments, language=language, duration_ms=80_000, confidence=None,
        provenance=Provenance(provider="imported", model="vtt"), speaker_names=names or {},
    )  # fmt: skip


@pytest.mark.parametrize("code", TALKS)
def test_the_language_is_known_by_its_words(code: str) -> None:
    assert language_of(talk(TALKS[code])) == code


@pytest.mark.parametrize("code", TALKS)
def test_the_language_that_the_source_names_counts(code: str) -> None:
    assert language_of(talk(TALKS[code], language="pt_br")) == "pt"
    assert language_of(talk(TALKS[code], language="und")) == code


@pytest.mark.parametrize(
    "line", ["", "Hm.", "42", "OK", "Yes, we will send it to Maria by Friday.", "The Zeitgeist is nicht hier.", "Ja. Ja. Ja."]
)  # fmt: skip
def test_a_few_words_are_no_other_language(line: str) -> None:
    assert language_of(talk((line,))) in (None, "en")


@pytest.mark.parametrize("code", TALKS)
def test_sentences_end_where_the_language_ends_them(code: str) -> None:
    found = sentences_of(talk(TALKS[code]))
    assert len(found) == SENTENCES
    joined = "".join("".join(sentence.text for sentence in found).split())
    assert joined == "".join("".join(TALKS[code]).split())  # nothing is lost


@pytest.mark.parametrize("code", TALKS)
@pytest.mark.parametrize("insight", [Insight.ACTION_ITEMS, Insight.DECISIONS])
def test_rules_for_english_say_that_they_are_not_for_it(code: str, insight: Insight) -> None:
    with pytest.raises(ProviderRefused, match=f"this meeting is in {language_name(code)}") as refusal:
        OfflineAnalyst().extract(insight, talk(TALKS[code]), CONTEXT)
    assert refusal.value.code == "not_for_language"


@pytest.mark.parametrize("code", TALKS)
def test_key_sentences_are_quotes_in_the_language_of_the_meeting(code: str) -> None:
    result = OfflineAnalyst().extract(Insight.SUMMARY, talk(TALKS[code]), CONTEXT).result
    assert isinstance(result, Summary)
    assert 1 <= len(result.sentences) <= 4
    assert result.topics == ()
    assert not result.short_summary.startswith("Key sentences")
    for sentence in result.sentences:
        words = sentence.text.partition(": ")[2]
        assert any(words in line for line in TALKS[code])


@pytest.mark.parametrize("code", TALKS)
def test_only_names_that_the_source_gives_are_names(code: str) -> None:
    lines = (*TALKS[code], "Hi, this is Anna. My name is Ben.")
    result = OfflineAnalyst().extract(Insight.SPEAKERS, talk(lines, names={"A": "דנה כהן"}), CONTEXT).result
    assert isinstance(result, Speakers)
    assert {entry.label: entry.name for entry in result.names} == {"A": "דנה כהן", "B": None}


def test_english_is_read_as_ever() -> None:
    lines = (
        "Dr. Smith will send the plan by Friday. We decided to print 3. Then it is done.",
        "He is at St. Paul. Yes.",
    )
    assert [sentence.text for sentence in sentences_of(talk(lines))] == [
        "Dr. Smith will send the plan by Friday.", "We decided to print 3.", "Then it is done.",
        "He is at St. Paul.", "Yes.",
    ]  # fmt: skip
