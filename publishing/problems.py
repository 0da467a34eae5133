"""Say in French why a source could not be read, for its readers; what is unknown stays as it was said."""

import re

from publishing.french import NBSP

# What `collectors` and `intake` say, and how a reader should hear it.
_SAID = (
    (r"the host cannot be reached", "le serveur est injoignable"),
    (r"the host name is not known here .*", "le nom du serveur est inconnu d’ici (pas d’accès à Internet ?)"),
    (r"the server answered (\d+)", r"le serveur a répondu par l’erreur \1"),
    (r"no whole answer within (\S+) seconds", r"pas de réponse complète en \1 secondes"),
    (r"the connection was cut in the middle of the answer", "la connexion a été coupée pendant la réponse"),
    (r"larger than (\d+) MB; see max_megabytes", r"document de plus de \1 Mo"),
    (r"more than (\d+) redirects", r"plus de \1 redirections"),
    (r"stopped after (\S+) minutes; the rest follows next time", r"lecture arrêtée après \1 minutes"),
    (r"items rejected: (\d+)", r"fiches illisibles : \1"),
    (r"the source answered, and there was nothing in it", "la source répond, sans rien à lire"),
    (r"the answer is empty", "la réponse est vide"),
    (r"an HTML page, not a feed", "une page web au lieu d’un flux"),
    (r"(.+) is a private address.*", r"\1 est une adresse privée : lecture refusée"),
    (
        r"the site's robots.txt asks that it not be read",
        "le fichier robots.txt du site demande de ne pas lire cette adresse",
    ),
    (
        r"the site's robots.txt cannot be read, so nothing of it is.*",
        "le fichier robots.txt du site est injoignable : rien n’y est lu",
    ),
    (
        r"what vouches for it answered (\d+): .*",
        r"ce qui garantit ce document a répondu par l’erreur \1",
    ),
    (r"what vouches for it gave no answer: .*", "ce qui garantit ce document est injoignable"),
    (r"more than (\d+) addresses in one run; the rest was left", r"plus de \1 adresses : le reste attendra"),
    (r"\(and (\d+) more\)", r"(et \1 autres)"),
)
_PATTERNS = tuple((re.compile(said), heard) for said, heard in _SAID)


def in_french(error: str) -> tuple[str, str]:
    """Return an error of a run as readers should read it, and the language it is in: `fr` or `en`.

    An error is made of parts joined by `; `, each a reason, often after `address: `. One part that has
    no French keeps the whole in English.
    """
    parts = [_part(part) for part in re.split(r"; (?=https?://|items rejected)", error)]
    if any(part is None for part in parts):
        return error, "en"
    return f"{NBSP}; ".join(part for part in parts if part), "fr"


def _part(text: str) -> str | None:
    match = re.fullmatch(r"(https?://\S+): (.*?)( \(and \d+ more\))?", text)
    address, reason, more = match.groups() if match else ("", text, "")
    found = _sentence(reason)
    if found is None:
        return None
    tail = f" {_sentence(more.strip())}" if more else ""
    return (f"{address}{NBSP}: " if address else "") + found + tail


def _sentence(reason: str) -> str | None:
    for pattern, heard in _PATTERNS:
        match = pattern.fullmatch(reason)
        if match:
            return match.expand(heard).replace(" :", f"{NBSP}:").replace(" ?", f"{NBSP}?")
    return None
