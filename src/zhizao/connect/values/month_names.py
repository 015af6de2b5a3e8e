"""Names of months in dates, in the languages that logs are written in."""

import polars as pl

_CLOCK = r"(\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d+)?(?:\s*[ap]\.?m\.?)?(?:\s*(?:z|utc|gmt|[+-]\d{2}:?\d{2}))?)"


_DAY_AND_YEAR = 2

_MONTHS = {
    name: f"{number:02d}"
    for number, names in enumerate(
        (
            (
                "january",
                "janvier",
                "janv",
                "gennaio",
                "gen",
                "janeiro",
                "stycznia",
                "sty",
                "янв",
                "января",
                "ocak",
                "oca",
                "januari",
                "januar",
                "enero",
                "jan",
                "ene",
            ),
            (
                "february",
                "février",
                "fevrier",
                "févr",
                "fevr",
                "fév",
                "febbraio",
                "fevereiro",
                "fev",
                "lutego",
                "lut",
                "фев",
                "февраля",
                "şubat",
                "şub",
                "februari",
                "februar",
                "febrero",
                "feb",
            ),
            (
                "march",
                "mars",
                "março",
                "marca",
                "marzec",
                "мар",
                "марта",
                "mart",
                "maart",
                "mrt",
                "marz",
                "märz",
                "marzo",
                "mar",
                "mär",
            ),
            (
                "april",
                "avril",
                "avr",
                "aprile",
                "kwietnia",
                "kwi",
                "апр",
                "апреля",
                "nisan",
                "nis",
                "abril",
                "apr",
                "abr",
            ),
            (
                "may",
                "maggio",
                "mag",
                "maio",
                "maja",
                "maj",
                "мая",
                "май",
                "mayıs",
                "mei",
                "mai",
                "mayo",
            ),
            (
                "june",
                "juin",
                "giugno",
                "giu",
                "junho",
                "czerwca",
                "cze",
                "июн",
                "июня",
                "haziran",
                "haz",
                "juni",
                "junio",
                "jun",
            ),
            (
                "july",
                "juillet",
                "juil",
                "luglio",
                "lug",
                "julho",
                "lipca",
                "lip",
                "июл",
                "июля",
                "temmuz",
                "tem",
                "juli",
                "julio",
                "jul",
            ),
            (
                "august",
                "août",
                "aout",
                "sierpnia",
                "sie",
                "авг",
                "августа",
                "ağustos",
                "ağu",
                "agosto",
                "aug",
                "ago",
            ),
            (
                "september",
                "septembre",
                "settembre",
                "set",
                "setembro",
                "września",
                "wrz",
                "сен",
                "сент",
                "сентября",
                "eylül",
                "eyl",
                "septiembre",
                "sept",
                "sep",
            ),
            (
                "october",
                "octobre",
                "ottobre",
                "ott",
                "outubro",
                "out",
                "października",
                "paź",
                "окт",
                "октября",
                "ekim",
                "eki",
                "oktober",
                "oktober",
                "octubre",
                "oct",
                "okt",
            ),
            (
                "november",
                "novembre",
                "novembro",
                "listopada",
                "lis",
                "ноя",
                "нояб",
                "ноября",
                "kasım",
                "kas",
                "noviembre",
                "nov",
            ),
            (
                "december",
                "décembre",
                "decembre",
                "déc",
                "dicembre",
                "dezembro",
                "grudnia",
                "gru",
                "дек",
                "декабря",
                "aralık",
                "ara",
                "dezember",
                "diciembre",
                "dec",
                "dez",
                "dic",
            ),
        ),
        start=1,
    )
    for name in names
}


def with_month_numbers(text: pl.Series) -> pl.Series:
    """Replace names of months by numbers; weekdays are dropped.

    Examples
    --------
    >>> with_month_numbers(pl.Series(["29-Jan-2012 7:00"])).to_list()
    ['2012-01-29 7:00']
    """
    if not text.head(200).str.contains(r"(?i)\p{L}{3}").any():
        return text
    lowered = text.str.to_lowercase()
    named = lowered.str.extract(r"(\p{L}{3,10})\.?[ \-/.,]+(?:\d|de)|\d[ \-/.]+(\p{L}{3,10})")
    second = lowered.str.extract(r"\d[ \-/.]+(?:de )?(\p{L}{3,10})")
    month = pl.select(
        pl.coalesce(part.replace_strict(_MONTHS, default=None) for part in (second, named))
    ).to_series()
    parts = lowered.to_frame("t").select(
        day=pl.col("t").str.extract(r"(?:^|[^\d:])(\d{1,2})(?:\.|st|nd|rd|th)?(?:[ \-/.,]|$)"),
        year=pl.col("t").str.extract(r"(?:^|[^\d:])(\d{4})(?:\D|$)"),
        short_year=pl.col("t").str.extract(
            r"\d{1,2}[ \-/.]+\p{L}{3,10}\.?[ \-/.,]+(\d{2})(?:[^\d:]|$)"
        ),
        clock=pl.col("t").str.extract(_CLOCK).str.to_uppercase(),
    )
    parts = parts.with_columns(year=pl.coalesce("year", "20" + pl.col("short_year")))
    # Digits besides day and year are a clock time that could not be read: no midnight is made of it.
    is_whole = parts["clock"].is_not_null() | (lowered.str.count_matches(r"\d+") <= _DAY_AND_YEAR)
    built = parts["year"] + "-" + month + "-" + parts["day"] + (" " + parts["clock"]).fill_null("")
    built = built.set(~is_whole.fill_null(value=False), None)
    return pl.select(pl.coalesce(built, text)).to_series()
