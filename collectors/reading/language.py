"""Tell the language of a text by its function words: French, English and their neighbours."""

import re
from collections import Counter

MAX_LETTERS = 1_500  # characters that are looked at; notices begin with prose and end with lists
LEAST_WORDS = 5  # function words of one language, below which nothing is decided
LEAST_SHARE = 0.05  # of all words; bare lists of products and addresses stay below
LEAD = 1.4  # times as many as of the next language

_WORD = re.compile(r"[^\W\d_]+")
_WORDS = {
    "de": "aber als am an auch auf aus bei beim bis das dass dem den der des die diese dieser durch ein eine"
    " einem einen einer es für gegen haben hat im in ist kann können mit nach nicht noch nur oder sich sie"
    " sind sowie über um und unter vom von vor war werden wie wird wurde wurden zu zum zur zwischen",
    "en": "about after all also an and any are as at be been but by can could for from had has have if in"
    " into is it its may more no not of on one or other over some such than that the their there these they"
    " this those through to using was were when where which while who will with would you your",
    "es": "al así como con contra cuando de del desde donde el ella en entre es esta este esto estos fue ha"
    " hacia han hasta la las lo los más muy no o otros para pero por puede pueden que se según ser si sin"
    " sobre son su sus también una uno un y ya",
    "fr": "a afin ainsi après au aucun aussi aux avant avec ce ces cet cette comme contre dans de depuis des"
    " dont du elle elles en entre est et été être il ils je la le les leur leurs lors mais même ne notre"
    " nous on ont ou où par pas peut peuvent plus plusieurs pour qu que qui sa sans se selon ses si son sont"
    " sous sur toute toutes très un une vers votre vous à",
    "it": "ad ai al alla alle anche che chi ci come con contro da dal dalla dei del della delle di dopo e ed"
    " essere gli ha hanno i il in è la le lo ma nei nel nella non o per più può quando questa questo se sono"
    " stata stato su sua suo sui sul sulla tra un una",
    "nl": "aan als bij dan dat de deze die dit door dus een en er geen haar heeft hebben het hij hun ik in is"
    " kan kunnen maar meer met moet na naar niet nog of om ook op over te tegen tot tussen uit van veel via"
    " voor waar was wat werd worden wordt zich zij zijn zoals zou",
    "pt": "à ao aos as até com como contra da das de do dos e ela ele em entre era essa esse esta este está"
    " foi foram há isso já mais mas mesmo muito na não nas no nos o os ou para pela pelo pode podem por qual"
    " quando que são se sem ser seu seus sobre sua suas também tem um uma",
}
_LANGUAGES = {
    word: tuple(code for code, words in _WORDS.items() if word in words.split())
    for words in _WORDS.values()
    for word in words.split()
}


def detected(text: str, otherwise: str) -> str:
    """Return the ISO 639-1 code of a plain text, `otherwise` where it is short or undecided.

    Knows de, en, es, fr, it, nl and pt. A title alone seldom has enough function words to decide.
    """
    words = _WORD.findall(text[:MAX_LETTERS].lower())
    found = Counter(code for word in words for code in _LANGUAGES.get(word, ()))
    ranked = found.most_common(2)
    if not ranked:
        return otherwise
    first, number = ranked[0]
    second = ranked[1][1] if len(ranked) > 1 else 0
    enough = number >= max(LEAST_WORDS, LEAST_SHARE * len(words))
    return first if enough and number >= LEAD * second else otherwise
