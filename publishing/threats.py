"""Count the attacks on health bodies that news and leak sites tell of: by month, country and kind of body.

What is counted are stories, not incidents: press articles and what extortionists claim, none of it verified,
one attack twice where two stories tell it. Names of victims are in no figure. All rules are lexical and
ours: a story counts where it is news of the tier secteur that stands, speaks of an attack, and whose title
is not about attacks in general (a guide, an exercise, a figure) nor about their aftermath in court.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache

from babel import Locale

from publishing.cards import Card
from publishing.charts import Figure, csv_bytes
from publishing.layout import Head, Page, Writer
from publishing.search_words import fold
from publishing.trends import (
    FOLDER,
    LEADERS,
    Course,
    Told,
    counted,
    course_csv,
    course_figure,
    last_months,
    leaders_figure,
)
from records import Category, Tier

MONTHS = 12
RECENT = 40
UNKNOWN = ""

_RANSOMWARE = re.compile(r"\b(?:rancongiciels?|ransomwares?|cryptovirus|cryptolockers?|rancons?|ransom)\b")
_CLAIM = re.compile(
    r"\brevendi(?:que|cation)\w*|\bclaims? (?:responsibility|credit|to have)\b|\bclaimed by\b"
    r"|\bclaims? (?:[\w-]+ ){0,3}(?:attack|breach|hack)\b|\b(?:leak|extortion|shame)[ -]?site\b"
    r"|\bsites? de (?:fuites?|revendication)\b"
)
_ATTACK = re.compile(
    r"\bcyber[ -]?atta(?:que|ck)s?\b|\bcyber[ -]?security attacks?\b|\battaques? informatiques?\b"
    r"|\bpirat(?:age|e|es|ee|ees)\b|\bintrusions?\b|\bhack(?:ed|s|ers?)?\b|\bbreach(?:e[sd])?\b"
    r"|\b(?:fuites?|violations?|vols?) (?:de|des) (?:\w+ ){0,2}donnees\b|\bextortion\b|\bstolen\b|\bleaked\b"
    r"|\bdonnees [\w ]{0,30}(?:volees|derobees|exfiltrees)\b|\bincidents? (?:de )?cyber\w*"
    r"|\b(?:data|security|privacy) (?:leaks?|theft|incidents?)\b|\bcyber[ -]?(?:security )?(?:incident|event)s?\b"
)
_GENERAL = re.compile(  # in a title: attacks in general, or what became of one in court
    r"\b(?:exercices?|guides?|webin(?:aires?|ars?)|conseils?|formations?|etudes?|barometres?|bilan|panorama"
    r"|tribune|interview|podcast|rapports? (?:annuel|de)|surveys?|statistics|report finds|best practices|how to"
    r"|tips|prevent(?:ing|ion)?|settles?|settled|settlements?|lawsuits?|class[ -]actions?|amendes?|sanctions?"
    r"|condamn\w+|fined|penalty|sentenced|arrest(?:s|ed|ations?)?|interpell\w+|proces|pleads? guilty)\b"
)

# Kinds of bodies, as the words of a text name them; the earliest word in a text decides.
_KINDS: Mapping[str, re.Pattern[str]] = {
    kind: re.compile(words)
    for kind, words in {
        "hôpital": r"\b(?:hopita(?:l|ux)|hospitals?|hospitaliere?s?|ch[uri]|chru|ap-hp|ghts?|nhs trusts?"
        r"|medical cent(?:er|re)s?|health systems?|klinik(?:um|en)|krankenh(?:aus|auser)|ospedal[ei])\b"
        r"|\bch d(?:e|u|es)\b|\bch d'",
        "clinique": r"(?<!systeme )(?<!essai )(?<!essais )(?<!donnees )(?<!recherche )(?<!etude )(?<!logiciel )"
        r"\b(?:cliniques?|clinics?|polycliniques?|klinik)\b",
        "laboratoire": r"\blaboratoires?\b(?! (?:pharma|de recherche|de cyber|de secu))|\blaborator(?:y|ies)\b"
        r"|\b(?:labs|diagnostics|blood cent(?:er|re)s?)\b",
        "ehpad": r"\b(?:ehpad|maisons? de retraite|medico-socia(?:l|ux|les?)|nursing homes?|care homes?"
        r"|senior living)\b",
        "cabinet": r"\bcabinets? (?:medica(?:l|ux)|dentaires?|de (?:radiologie|sante|medecins?|dentistes?))\b"
        r"|\b(?:dental|dentists?|dentistry|orthodont\w+|medical (?:group|practice|associates)|family medicine"
        r"|primary care|physicians?|medecins? (?:libera|general)\w+|centres? de sante)\b",
        "pharmacie": r"\b(?:pharmac(?:ies?|y)|officines?)\b",
        "prestataire": r"\b(?:editeurs?|prestataires?|fournisseurs?|sous-traitants?|hebergeurs?|vendors?"
        r"|suppliers?|third[ -]part(?:y|ies)|business associates?|software (?:company|firm|provider|maker)s?)\b",
        "assurance": r"\b(?:assurance maladie|cpam|mutuelles?|tiers payant|complementaires? sante"
        r"|health (?:insur(?:ance|ers?)|plans?))\b",
    }.items()
}

# Beside the names of countries: adjectives, regions and towns, institutions of one country only.
_OTHER_NAMES: Mapping[str, str] = {
    "FR": r"francais(?:es?)?|french|ap-hp|assistance publique|cnil|anssi|ile-de-france|bretagne|normandie|occitanie"
    r"|nouvelle-aquitaine|hauts-de-france|bourgogne|auvergne|provence|pays de la loire|val de loire|guadeloupe"
    r"|martinique|guyane|mayotte|amiens|besancon|bordeaux|clermont-ferrand|dijon|grenoble|lille"
    r"|limoges|lyon|marseille|montpellier|nantes|nimes|poitiers|reims|rennes|rouen|saint-etienne|strasbourg"
    r"|toulouse|versailles|alpes-maritimes|alsace|ardeche|ardennes|aveyron|bouches-du-rhone|calvados|charente"
    r"|correze|cotes-d'armor|dordogne|doubs|drome|essonne|eure-et-loir|finistere|gard|gers|gironde|haute-garonne"
    r"|haute-savoie|hauts-de-seine|herault|ille-et-vilaine|isere|loire-atlantique|maine-et-loire"
    r"|meurthe-et-moselle|morbihan|moselle|pas-de-calais|puy-de-dome|pyrenees|sarthe|savoie|seine-et-marne"
    r"|seine-maritime|seine-saint-denis|val-de-marne|val-d'oise|vaucluse|vendee|vosges|yonne|yvelines",
    "US": r"usa|american|americain(?:es?|s)?|hipaa|hhs|alabama|alaska|arizona|arkansas|california|californie"
    r"|colorado|connecticut|florida|floride|idaho|illinois|indiana|iowa|kansas|kentucky|louisiana|maryland"
    r"|massachusetts|michigan|minnesota|mississippi|missouri|montana|nebraska|nevada|new (?:jersey|mexico|york"
    r"|hampshire)|(?:north|south) (?:carolina|dakota)|ohio|oklahoma|oregon|pennsylvania|tennessee|texas|utah"
    r"|vermont|virginia|wisconsin|wyoming",
    "GB": r"uk|british(?! columbia)|(?<!colombie-)britanniques?|nhs|(?<!new )england|angleterre|scotland|ecosse|(?<!south )wales"
    r"|northern ireland|irlande du nord",
    "DE": r"german|allemande?s?",
    "BE": r"belges?|belgian",
    "CH": r"swiss",
    "IT": r"italian|italienn?e?s?",
    "ES": r"spanish|espagnole?s?",
    "NL": r"dutch|neerlandaise?s?",
    "CA": r"canadian|canadienn?e?s?|quebec|ontario|british columbia|colombie-britannique",
    "AU": r"australian|australienn?e?s?",
    "IE": r"irish|irlandaise?s?",
    "RO": r"romanian|roumaine?s?",
    "CZ": r"czech|tcheques?",
    "JP": r"japanese|japonaise?s?",
}
_TAGS_ONLY = frozenset({"RU", "CN", "KP", "IR"})  # in a text, more often the attackers' than the victims'
_OTHER_THINGS = re.compile(  # first names, towns, states of the United States and plain words too
    r"georgi[ae]|jordan|chad|maurice|dominique|dominica|grenade|grenada|reunion|jersey|cuba|lebanon|peru"
)
_FRENCH = frozenset({"BL", "GF", "GP", "MF", "MQ", "NC", "PF", "PM", "RE", "WF", "YT"})
_COUNTRY_TAG = re.compile(r'(?:country|pays|target-information|geo)["\']?\s*[:=]\s*"?([^"]+)"?$')
_US = re.compile(r"\bUS\b(?!\$)|\bU\.S\.")  # in capitals only


@dataclass(frozen=True, slots=True)
class Victim:
    """One story of an attack on a health body, without its name.

    `country` is an ISO 3166-1 code and `kind` a key of the kinds of bodies, each empty where the text does
    not say or names several. `claim` where it is what the attackers say.
    """

    on: date
    country: str
    kind: str
    ransomware: bool
    claim: bool


def victims(cards: Iterable[Card]) -> tuple[Victim, ...]:
    """Return the attacks that cards tell of, in the order of the cards."""
    return tuple(found for card in cards if (found := _victim(card)) is not None)


def _victim(card: Card) -> Victim | None:
    """Return what a story tells of an attack on a health body, `None` where it tells of none."""
    if card.withdrawn or card.category != Category.NEWS or card.tier != Tier.SECTEUR:
        return None
    title = fold(f"{card.title} · {card.title_en}")
    whole = " · ".join([title, fold(card.summary), *map(fold, card.tags)])
    ransomware, claim = bool(_RANSOMWARE.search(whole)), bool(_CLAIM.search(whole))
    if _GENERAL.search(title) or not (ransomware or claim or _ATTACK.search(whole)):
        return None
    on = card.published_at.astimezone(UTC).date()
    return Victim(on, country_of(card), kind_of(card), ransomware, claim)


def kind_of(card: Card) -> str:
    """Return what kind of body a story is about: that of the earliest word of its title, else of its summary."""
    for text in (card.title, card.title_en, card.summary):
        folded = fold(text)
        found = [(at.start(), kind) for kind, words in _KINDS.items() if (at := words.search(folded))]
        if found:
            return min(found)[1]
    return UNKNOWN


def country_of(card: Card) -> str:
    """Return the one country that a story's tags name, else its title, else its summary."""
    tagged = {code for tag in card.tags if (code := _tagged(tag))}
    if len(tagged) == 1:
        return tagged.pop()
    for text in (f"{card.title} · {card.title_en}", card.summary):
        named = _named(text)
        if named:
            return named.pop() if len(named) == 1 else UNKNOWN
    return UNKNOWN


def _tagged(tag: str) -> str:
    """Return the country that a tag names: « country:FR », « misp-galaxy:target-information="France" »,
    or the name of a country alone.
    """
    value = fold(tag).strip()
    said = _COUNTRY_TAG.search(value)
    code = said[1].strip().upper() if said else ""
    if code in Locale.parse("en").territories and len(code) == 2:
        return _home(code)
    return _countries()[0].get((said[1] if said else value).strip(), "")


def _named(text: str) -> set[str]:
    """Return the countries that a text names."""
    names, pattern = _countries()
    folded = fold(text)
    found = {names[name] for name in pattern.findall(folded) if not _OTHER_THINGS.fullmatch(name)}
    found |= {code for code, words in _other_names() if words.search(folded)}
    return (found | ({"US"} if _US.search(text) else set())) - _TAGS_ONLY


@cache
def _countries() -> tuple[dict[str, str], re.Pattern[str]]:
    """Return the code of each country by its folded names, French and English, and a pattern for them."""
    names = {
        fold(name): _home(code)
        for language in ("fr", "en")
        for code, name in Locale.parse(language).territories.items()
        if len(code) == 2 and code.isalpha() and code not in {"EU", "EZ", "UN", "ZZ", "XA", "XB", "QO"}
    }
    longest_first = sorted(names, key=lambda name: (-len(name), name))
    pattern = rf"(?<!new )(?<!northern )(?<![\w-])({'|'.join(map(re.escape, longest_first))})(?![\w-])"
    return names, re.compile(pattern)


@cache
def _other_names() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((code, re.compile(rf"\b(?:{words})\b")) for code, words in _OTHER_NAMES.items())


def _home(code: str) -> str:
    return "FR" if code in _FRENCH else code


def course(found: Sequence[Victim], made_at: datetime) -> Course:
    """Return the attacks of the last 12 months by what tells of them: « revendication » of the attackers,
    else « rançongiciel » where the story speaks of one, else « autre ».
    """
    months = last_months(made_at, MONTHS)
    counts = Counter((one.on.replace(day=1), _told_by(one)) for one in found)
    names = ("rançongiciel", "autre", "revendication")
    return Course(tuple(months), {name: tuple(counts[month, name] for month in months) for name in names})


def by_country(found: Sequence[Victim]) -> tuple[tuple[str, int], ...]:
    """Return the number of attacks by country, most first, those whose country is not said last."""
    return _ranked(one.country for one in found)


def by_kind(found: Sequence[Victim]) -> tuple[tuple[str, int], ...]:
    """Return the number of attacks by kind of body, most first, those whose kind is not said last."""
    return _ranked(one.kind for one in found)


def recent_victims(cards: Iterable[Card], made_at: datetime) -> tuple[Victim, ...]:
    """Return the attacks of the last 12 months, the running one included."""
    first = last_months(made_at, MONTHS)[0]
    return victims(
        card for card in counted(cards, made_at) if card.published_at.astimezone(UTC).date() >= first
    )


def files(found: Sequence[Victim], made_at: datetime) -> dict[str, bytes]:
    """Return the CSV files beside the figures of recent victims, by their path below the site's root."""
    return {
        f"{FOLDER}menaces-par-mois.csv": course_csv(course(found, made_at), "month", "told_as"),
        f"{FOLDER}menaces-par-pays.csv": csv_bytes(("country", "stories"), by_country(found)),
        f"{FOLDER}menaces-par-structure.csv": csv_bytes(("kind", "stories"), by_kind(found)),
    }


def threats_page(writer: Writer, cards: Iterable[Card], found: Sequence[Victim], made_at: datetime) -> Page:
    """Return the page of threats and news: the figures of recent victims, then the last stories."""
    return writer.page(
        "menaces.html",
        "menaces/",
        Head(
            title="Menaces et actualités",
            description="Campagnes, rançongiciels et fuites de données qui visent la santé, d’après la presse.",
            section="menaces",
        ),
        figures=figures(writer, found, made_at),
        rows=recent(cards, made_at),
    )


def recent(cards: Iterable[Card], made_at: datetime) -> tuple[Card, ...]:
    """Return the last standing news of the tier secteur, the newest first."""
    found = [
        card
        for card in counted(cards, made_at)
        if card.category == Category.NEWS and card.tier == Tier.SECTEUR
    ]
    found.sort(key=lambda card: card.path)
    found.sort(key=lambda card: card.published_at, reverse=True)
    return tuple(found[:RECENT])


def figures(writer: Writer, found: Sequence[Victim], made_at: datetime) -> tuple[Figure, ...]:
    """Return the figures of recent victims: by month, by country, by kind of body."""
    _ = writer.translate
    perimeter = _(
        "articles et revendications visant des structures de santé, non vérifiés, chaque récit compté une fois"
    )
    source = _("calcul de ce site sur les alertes qu’il publie, par des règles de vocabulaire")
    twice = _(
        "Une même attaque racontée par deux récits compte deux fois ; ce qui n’est pas raconté ne compte pas."
    )
    unsaid = _("« Non précisé » : le récit ne le dit pas, ou en nomme plusieurs.")
    month, period = _("Mois"), _("les 12 derniers mois, mois en cours compris")
    told = [
        Told("menaces-par-mois", _("Attaques contre la santé, par mois"), month, perimeter, twice, source),
        Told(
            "menaces-par-pays",
            _("Attaques contre la santé, par pays"),
            _("Pays"),
            perimeter,
            unsaid,
            source,
            period,
        ),
        Told(
            "menaces-par-structure",
            _("Attaques contre la santé, par type de structure"),
            _("Type de structure"),
            perimeter,
            unsaid,
            source,
            period,
        ),
    ]
    return (
        course_figure(writer, course(found, made_at), made_at, told[0], _ways(writer)),
        leaders_figure(writer, _countries_shown(writer, by_country(found)), made_at, told[1]),
        leaders_figure(writer, [(_kinds(writer)[kind], n) for kind, n in by_kind(found)], made_at, told[2]),
    )


def _told_by(one: Victim) -> str:
    if one.claim:
        return "revendication"
    return "rançongiciel" if one.ransomware else "autre"


def _ranked(values: Iterable[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(Counter(values).items(), key=lambda item: (item[0] == UNKNOWN, -item[1], item[0])))


def _countries_shown(writer: Writer, rows: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """Return the names of the first ten countries, the others in one row, then what is not said."""
    names = Locale.parse(writer.language).territories
    known = [(names.get(code, code), count) for code, count in rows if code != UNKNOWN]
    others = sum(count for _, count in known[LEADERS:])
    unsaid = sum(count for code, count in rows if code == UNKNOWN)
    last = [(writer.translate("Autres pays"), others), (writer.translate("Non précisé"), unsaid)]
    return known[:LEADERS] + [row for row in last if row[1]]


def _ways(writer: Writer) -> dict[str, str]:
    _ = writer.translate
    return {
        "rançongiciel": _("Rançongiciel, selon un article"),
        "autre": _("Autre attaque ou fuite, selon un article"),
        "revendication": _("Revendication des attaquants"),
    }


def _kinds(writer: Writer) -> dict[str, str]:
    _ = writer.translate
    return {
        "hôpital": _("Hôpitaux et centres hospitaliers"),
        "clinique": _("Cliniques"),
        "laboratoire": _("Laboratoires d’analyses"),
        "ehpad": _("Ehpad et médico-social"),
        "cabinet": _("Cabinets et médecine de ville"),
        "pharmacie": _("Pharmacies"),
        "prestataire": _("Éditeurs et prestataires"),
        "assurance": _("Assurance maladie et mutuelles"),
        UNKNOWN: _("Non précisé"),
    }
