"""Bring a value, however it is written, to the one form in which we keep and compare it."""

import ipaddress
import re
from urllib.parse import urlsplit

from records.indicators import Observable, ObservableType

MAX_URL = 8_000  # characters; longer ones are refused, no tool we feed takes them
HASH_LENGTHS = {ObservableType.MD5: 32, ObservableType.SHA1: 40, ObservableType.SHA256: 64}

# What most values are already: in their one form, of harmless signs. A test proves that these take the
# same way as all others; it is a third of the time of a bulk load.
_HOST = r"(?=.{4,253}(?:[:/?#]|\Z))(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z]{2,63}"
_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_CANONICAL = {
    ObservableType.DOMAIN: re.compile(_HOST, re.ASCII),
    ObservableType.IPV4: re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}", re.ASCII),
    ObservableType.URL: re.compile(rf"https?://{_HOST}(?::[1-9]\d{{0,3}})?[/?#][!-'*-Z\\^-z|~]*", re.ASCII),
    **{kind: re.compile(rf"[0-9a-f]{{{length}}}", re.ASCII) for kind, length in HASH_LENGTHS.items()},
}

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_HEX = re.compile(r"[0-9a-f]+")
_UNSAFE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_DEFANGED = (
    (re.compile(r"\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\)", re.IGNORECASE), "."),
    (re.compile(r"\[:\]|\[:(?=//)"), ":"),
    (re.compile(r"\[(?:at|@)\]|\((?:at|@)\)", re.IGNORECASE), "@"),
    (re.compile(r"\[://\]"), "://"),
    (re.compile(r"^h(?:xx|\*\*|tt)p(s?)(?=://)", re.IGNORECASE), r"http\1"),
    (re.compile(r"^fxp(?=://)", re.IGNORECASE), "ftp"),
)


def observable(kind: ObservableType, text: str) -> Observable:
    """Return the canonical observable for a value, defanged or not.

    Addresses are compressed (RFC 5952) and IPv4-mapped IPv6 becomes IPv4; networks lose their host
    bits, and a network of one address becomes that address; domains are lower-case ASCII (IDNA)
    without a final dot; hashes are lower case; a URL keeps its path as it is, its scheme and host in
    lower case.

    Raises `ValueError` with the reason where the value is not of that type, is ambiguous (an IPv4
    octet with a leading zero, RFC 6943 § 3.1.1) or could break out of a line.
    """
    plain = _CANONICAL.get(kind)
    if plain is not None and len(text) <= MAX_URL and plain.fullmatch(text):
        return Observable(kind, text)
    return _observable(kind, refang(text))


def _observable(kind: ObservableType, value: str) -> Observable:
    if not value:
        raise ValueError("the value is empty")
    if _UNSAFE.search(value):
        raise ValueError("the value contains a space or a control character")
    if kind in HASH_LENGTHS:
        return Observable(kind, _hash(kind, value))
    if kind is ObservableType.DOMAIN:
        return Observable(kind, domain(value))
    if kind is ObservableType.URL:
        return Observable(kind, _url(value))
    if kind is ObservableType.EMAIL:
        return Observable(kind, _email(value))
    return _address(value)


def refang(text: str) -> str:
    """Undo the writings that keep an indicator from being clicked: `hxxp`, `[.]`, `[at]`, …"""
    value, before = text.strip(), ""
    while value != before and ("[" in value or "(" in value or "{" in value or value[:1] in "hHfF"):
        before = value
        for pattern, plain in _DEFANGED:
            value = pattern.sub(plain, value)
    return value


def defang(item: Observable) -> str:
    """Write an observable so that neither a person nor a program follows it."""
    if item.type in HASH_LENGTHS:
        return item.value
    value = item.value.replace("@", "[@]")
    if item.type is ObservableType.URL:
        scheme, separator, rest = value.partition("://")
        host, slash, path = rest.partition("/")
        scheme = scheme.replace("http", "hxxp").replace("ftp", "fxp")
        return f"{scheme}{separator}{_break(host)}{slash}{path}"
    return _break(value)


def domain(text: str) -> str:
    """Return a domain name as lower-case ASCII labels (RFC 1035, RFC 5890), at least two of them."""
    value = text.rstrip(".").lower()
    if not value.isascii():
        try:
            value = value.encode("idna").decode("ascii")
        except UnicodeError as error:
            raise ValueError(f"not a domain name: {error}") from error
    labels = value.split(".")
    if len(labels) < 2 or len(value) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError("not a domain name")
    if labels[-1].isdigit():
        raise ValueError("not a domain name: it ends like an address")
    return value


def _break(value: str) -> str:
    """Defang the separators of a host, address or mailbox."""
    return value.replace(".", "[.]") if "." in value else value.replace(":", "[:]")


def _hash(kind: ObservableType, text: str) -> str:
    value = text.lower()
    if len(value) != HASH_LENGTHS[kind] or not _HEX.fullmatch(value):
        raise ValueError(f"a {kind} has {HASH_LENGTHS[kind]} hexadecimal digits")
    return value


def _address(value: str) -> Observable:
    """Read an address or a network, whichever is written."""
    try:
        network = ipaddress.ip_network(value.strip("[]"), strict=False)
    except ValueError as error:
        raise ValueError(f"not an address or network: {error}") from error
    if isinstance(network, ipaddress.IPv6Network):
        mapped = network.network_address.ipv4_mapped
        if network.prefixlen < network.max_prefixlen:
            return Observable(ObservableType.IPV6_NET, str(network))
        if mapped is not None:
            return Observable(ObservableType.IPV4, str(mapped))
        return Observable(ObservableType.IPV6, str(network.network_address))
    if network.prefixlen < network.max_prefixlen:
        return Observable(ObservableType.IPV4_NET, str(network))
    return Observable(ObservableType.IPV4, str(network.network_address))


def _email(value: str) -> str:
    local, separator, host = value.rpartition("@")
    if not separator or not local or len(local) > 64 or any(sign in local for sign in '"<>(),;:\\[]@'):
        raise ValueError("not an e-mail address")
    return f"{local}@{domain(host)}"


def _url(value: str) -> str:
    """Check a URL's scheme and host and bring them to lower case; the rest stays as written."""
    if len(value) > MAX_URL:
        raise ValueError(f"the URL has more than {MAX_URL} characters")
    try:
        parts = urlsplit(value if "://" in value else f"http://{value}")
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ValueError(f"not a URL: {error}") from error
    if parts.scheme.lower() not in ("http", "https", "ftp"):
        raise ValueError("the URL is neither http, https nor ftp")
    place = _host(host) + (f":{port}" if port is not None else "")
    path = value.partition("://")[2] if "://" in value else value
    start = min((path.find(sign) for sign in "/?#" if sign in path), default=len(path))
    return f"{parts.scheme.lower()}://{place}{path[start:] or '/'}"


def _host(host: str) -> str:
    """Return a URL's host: an IPv6 address in brackets, an IPv4 address or a domain."""
    if ":" in host:
        return f"[{ipaddress.IPv6Address(host).compressed}]"
    if host.replace(".", "").isdigit():
        return str(ipaddress.IPv4Address(host))
    return domain(host)
