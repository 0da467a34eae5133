"""What the lists of indicators are, how many values they hold, and how to plug each into each tool."""

from publishing.layout import Head, Page, Writer
from publishing.released import Released
from records import Edition

FILES = (
    ("domains.txt", "noms de domaine, un par ligne"),
    ("urls.txt", "adresses web (URL), une par ligne"),
    ("ipv4.txt", "adresses et réseaux IPv4, un par ligne"),
    ("ipv6.txt", "adresses et réseaux IPv6, un par ligne"),
    ("emails.txt", "adresses électroniques, une par ligne"),
    ("sha256.txt", "empreintes SHA-256, une par ligne"),
    ("sha1.txt", "empreintes SHA-1, une par ligne"),
    ("md5.txt", "empreintes MD5, une par ligne"),
    ("indicators.csv", "tous les indicateurs avec leur contexte"),
    ("indicators.ndjson", "les mêmes sans perte, un objet JSON par ligne"),
    ("indicators.stix.json", "les mêmes, au format STIX 2.1"),
    ("manifest.json", "date, audience, taille, nombre et empreinte de chaque fichier"),
    ("SHA256SUMS", "empreintes de tous les fichiers, manifeste compris"),
)

TOOLS = (  # a file that is made for a tool, and the tool
    ("rpz/vigie.rpz", "BIND, Unbound, Knot, PowerDNS (RPZ)"),
    ("unbound/vigie.conf", "Unbound"),
    ("dnsmasq/vigie.conf", "dnsmasq, Pi-hole"),
    ("hosts/vigie.hosts", "hosts"),
    ("bind/vigie.zones", "BIND (zones)"),
    ("squid/domains.acl", "Squid"),
    ("haproxy/domains.lst", "HAProxy"),
    ("nginx/domains.map", "nginx"),
    ("nftables/vigie.nft", "nftables"),
    ("ipset/vigie.ipset", "ipset, iptables"),
    ("crowdsec/decisions.csv", "CrowdSec"),
    ("suricata/vigie.rules", "Suricata"),
    ("suricata/vigie-datasets.rules", "Suricata (datasets)"),
    ("zeek/vigie.intel", "Zeek"),
    ("clamav/vigie.hsb", "ClamAV"),
    ("yara/vigie.yar", "YARA"),
    ("sigma/vigie_dns_query_listed_name.yml", "Sigma"),
    ("siem/splunk.csv", "Splunk"),
    ("siem/sentinel.csv", "Microsoft Sentinel"),
    ("siem/elastic.csv", "Elastic"),
    ("siem/rsyslog.json", "rsyslog"),
    ("misp/manifest.json", "MISP"),
    ("openioc/vigie.ioc", "OpenIOC"),
)


def indicators_page(writer: Writer, edition: Edition, lists: Released) -> Page:
    """Return the page of the lists, as they were last released."""
    contents = dict(FILES)
    return writer.page(
        "indicateurs.html",
        "indicateurs/",
        Head(
            title="Indicateurs et listes de blocage",
            description="Les listes d’indicateurs, leur fraîcheur, et comment les brancher à vos équipements.",
            section="indicateurs",
        ),
        made_at=lists.made_at or edition.made_at,
        total=lists.total,
        counts=[
            (name, writer.translate(contents[name]), number)
            for name, number in lists.counts
            if name in contents
        ],
        files=[(name, writer.translate(content)) for name, content in FILES],
        tools=TOOLS,
        newest=max((item.changed_at for item in edition.indicators if item.changed_at), default=None),
    )
