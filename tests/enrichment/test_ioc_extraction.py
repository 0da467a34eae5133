"""Indicators are found in running text, whatever keeps them from being clicked, and their lookalikes are not.

All values are invented or of documentation ranges (RFC 5737, RFC 3849, RFC 2606); the Bitcoin addresses are
the examples of BIP 173 and of the currency's first block. Written for these tests.
"""

from dataclasses import replace
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import quality_extraction
from enrichment import ioc_extraction
from enrichment.naming.extraction import extract
from enrichment.naming.refanging import refang_all
from enrichment.naming.suffixes import registrable
from records import Background
from tests.enrichment.conftest import Build

MD5 = "0123456789abcdef0123456789abcdef"
SHA1 = "0123456789abcdef0123456789abcdef01234567"
SHA256 = MD5 * 2
SHA512 = SHA256 * 2


def found(text: str) -> dict[str, str]:
    """Return each value found with its type."""
    return {one.value: str(one.type) for one in extract(text)}


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("beacon to 203.0.113.7 every hour", "203.0.113.7", "ipv4-addr"),
        ("beacon to 203.0.113.7:8443.", "203.0.113.7", "ipv4-addr"),
        ("beacon to 203.0.113.7, then silence", "203.0.113.7", "ipv4-addr"),
        ("the range 198.51.100.0/24 is theirs", "198.51.100.0/24", "ipv4-net"),
        ("the range 2001:db8:7::/48 is theirs", "2001:db8:7::/48", "ipv6-net"),
        ("address 2001:0DB8:0:0:0:0:0:7.", "2001:db8::7", "ipv6-addr"),
        ("address [2001:db8::7]:443", "2001:db8::7", "ipv6-addr"),
        ("domain c2.example.org.", "c2.example.org", "domain-name"),
        ("domain C2.EXAMPLE.ORG", "c2.example.org", "domain-name"),
        ("*.example.org", "example.org", "domain-name"),
        ("le domaine «\u00a0c2.example.org\u00a0»", "c2.example.org", "domain-name"),
        ("münchen-klinik.example", None, ""),
        ("domain klinik-münchen.de", "xn--klinik-mnchen-3ob.de", "domain-name"),
        ("http://c2.example.org/a?b=1", "http://c2.example.org/a?b=1", "url"),
        ("(http://c2.example.org/a).", "http://c2.example.org/a", "url"),
        ("http://c2.example.org/a_(b)", "http://c2.example.org/a_(b)", "url"),
        ("HTTP://C2.Example.org/A", "http://c2.example.org/A", "url"),
        ("http://203.0.113.7:8080/x.zip", "http://203.0.113.7:8080/x.zip", "url"),
        ("http://[2001:db8::7]/x", "http://[2001:db8::7]/x", "url"),
        ("ftp://c2.example.org/up", "ftp://c2.example.org/up", "url"),
        ("c2.example.org/gate.php was asked", "http://c2.example.org/gate.php", "url"),
        ("http://c2.example.org/a,http://c2.example.net/b", "http://c2.example.org/a", "url"),
        ("mail from a.b@example.org.", "a.b@example.org", "email-addr"),
        (f"MD5:{MD5}", MD5, "md5"),
        (f"{SHA1.upper()},x.exe", SHA1, "sha1"),
        (f"sha256={SHA256}", SHA256, "sha256"),
        (SHA512, SHA512, "sha512"),
        (f"{SHA256}.exe", SHA256, "sha256"),
        ("exploits CVE-2024-12345.", "CVE-2024-12345", "cve"),
        ("exploits cve-2024-12345", "CVE-2024-12345", "cve"),
        ("exploits CVE_2024_12345", "CVE-2024-12345", "cve"),
        ("by G0016", "G0016", "attack-id"),
        ("has S0154 and", "S0154", "attack-id"),
        ("for TA0001:", "TA0001", "attack-id"),
        ("Win64/Exploit.CVE-2021-1732.I", "CVE-2021-1732", "cve"),
        ("technique T1059.001 was used", "T1059.001", "attack-id"),
        ("pay 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "bitcoin-address"),
        (
            "pay bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
            "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
            "bitcoin-address",
        ),
        (r"drops C:\Users\Public\new\a.exe and", r"C:\Users\Public\new\a.exe", "windows-path"),
        (r"drops %APPDATA%\new\a.dll.", r"%APPDATA%\new\a.dll", "windows-path"),
        (r'"C:\\Users\\Public\\a.exe"', r"C:\Users\Public\a.exe", "windows-path"),
        (
            r"sets HKLM\Software\Microsoft\Windows NT\CurrentVersion\Run",
            r"HKEY_LOCAL_MACHINE\Software\Microsoft\Windows NT\CurrentVersion\Run",
            "windows-registry-key",
        ),
        ('creates the mutex "lock-4711"', "lock-4711", "mutex"),
        (r"creates Global\lock-4711", r"Global\lock-4711", "mutex"),
    ],
)
def test_a_value_of_each_sort_is_found(text: str, value: str | None, kind: str) -> None:
    assert found(text).get(value or "", "") == kind


@pytest.mark.parametrize(
    "text",
    [
        "run setup.py, read readme.md, open main.rs and a.sh",
        "the archive invoice.zip and the note info.one",
        "System.IO and ASP.NET and Agent.TO",
        "the package com.example.app",
        "calls document.open(x)",
        "It was so.It then was not.",
        "version 10.4.0.12 and firmware 203.0.113.7",
        "Chrome/120.1.2.3 asks",
        "antérieures à 203.0.113.7",
        "at 12:34:56 and 2024-01-02T12:34:56",
        "std::vector and a::b",
        "aa:bb:cc:dd:ee:ff and 00:11:22:33:44:55:66:77",
        "999.1.1.300 and 1.2.3 and 1.2.3.4.5",
        "at home on 127.0.0.1, 192.168.1.1, 10.0.0.0/8, fe80::1 and ::",
        "the dot com era",
        "and/or a.b c.d.",
        "example.invalidtld and foo.exe and kernel32.dll",
        "co.uk and github.io are suffixes",
        f"imphash: {MD5}",
        f"commit {SHA1}",
        "d41d8cd98f00b204e9800998ecf8427e",
        "0" * 64,
        "f" * 63,
        f"{SHA256}0",
        "pay 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb",
        "pay bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5",
        "CVE-24-1 and CVE-2024-123",
        "model T800 and S7-1500 and t1059",
        "https://localhost/x and http://10.0.0.1/x",
        "user@localhost",
    ],
)
def test_what_only_looks_like_a_value_is_not_found(text: str) -> None:
    assert found(text) == {}


HABITS = {
    "[.]": ("c2[.]example[.]org", "c2.example.org"),
    "(.)": ("c2(.)example(.)org", "c2.example.org"),
    "{.}": ("c2{.}example{.}org", "c2.example.org"),
    "[dot]": ("c2[dot]example[DOT]org", "c2.example.org"),
    "(point)": ("c2(point)example(point)org", "c2.example.org"),
    "one of them": ("c2.example[.]org", "c2.example.org"),
    "spaces outside": ("c2 [.] example [.] org", "c2.example.org"),
    "spaces inside": ("c2[ . ]example[ . ]org", "c2.example.org"),
    "half a bracket": ("c2[.example[.org", "c2.example.org"),
    "the other half": ("c2.]example.]org", "c2.example.org"),
    "said": ("c2 dot example dot org", "c2.example.org"),
    "backslash": (r"c2\.example\.org", "c2.example.org"),
    "zero width": ("c2.\u200bexample\u200b.org", "c2.example.org"),
    "wide dots": ("c2\uff0eexample\u3002org", "c2.example.org"),
    "hxxp": ("hxxp://c2.example.org/a", "http://c2.example.org/a"),
    "hXXps": ("hXXps://c2[.]example.org/a", "https://c2.example.org/a"),
    "h**p": ("h**p://c2.example.org/a", "http://c2.example.org/a"),
    "[:]": ("hxxps[:]//c2.example.org/a", "https://c2.example.org/a"),
    "[://]": ("hxxps[://]c2.example.org/a", "https://c2.example.org/a"),
    "fxp": ("fxp://c2.example.org/a", "ftp://c2.example.org/a"),
    "inside a path": ("hxxp://c2[.]example[.]org/a[.]zip", "http://c2.example.org/a.zip"),
    "[at]": ("a.b[at]example[.]org", "a.b@example.org"),
    "[@]": ("a.b[@]example.org", "a.b@example.org"),
    "said at": ("user at example dot org", "user@example.org"),
    "address": ("203[.]0.113[.]7", "203.0.113.7"),
    "network": ("198[.]51[.]100[.]0/24", "198.51.100.0/24"),
    "IPv6": ("2001[:]db8[:][:]7", "2001:db8::7"),
}


@pytest.mark.parametrize("habit", HABITS)
def test_every_habit_of_defanging_is_undone(habit: str) -> None:
    written, value = HABITS[habit]
    (one,) = extract(f"It calls {written} and waits.")
    assert one.value == value
    assert f"It calls {written} and waits."[one.start : one.end] == written


def test_what_separates_nothing_stays() -> None:
    text = "A sentence (at noon) [.] and (.) a list [:] of [at] signs"
    assert found(text) == {}
    assert refang_all("(at) noon").text == "(at) noon"


LABEL = st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True)
NAMES = st.builds(
    lambda labels: ".".join([*labels, "example", "org"]), st.lists(LABEL, min_size=1, max_size=3)
)
ADDRESSES = st.builds(
    lambda net, last: f"{net}{last}",
    st.sampled_from(["203.0.113.", "198.51.100.", "192.0.2."]),
    st.integers(0, 255),
)
LINKS = st.builds(lambda name, path: f"http://{name}/{path}", NAMES, LABEL)
MAILBOXES = st.builds(lambda user, name: f"{user}@{name}", LABEL, NAMES)
DOTS = st.sampled_from([".", "[.]", "(.)", "{.}", "[dot]", "[ . ]", " [.] ", "[.", "\u200b."])
AROUND = st.sampled_from(["{}", "Seen: {}.", "| {} | C2 |", "- {}\n", "« {} »", "`{}`", "({})", '"{}",'])


@settings(max_examples=150, deadline=None)
@given(st.one_of(NAMES, ADDRESSES, LINKS, MAILBOXES), DOTS, st.sampled_from(["@", "[@]", "(at)"]), AROUND)
def test_a_value_defanged_in_any_way_is_found_again(value: str, dot: str, at: str, around: str) -> None:
    written = value.replace("http:", "hxxp:").replace("@", at).replace(".", dot)
    text = around.format(written)
    (one,) = extract(text)
    assert one.value == value
    assert text[one.start : one.end] == written


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="ab1.:/@[](){}\\ \n-_hxp%|#=é\u200b", max_size=200))
def test_no_text_raises_and_every_place_is_inside_it(text: str) -> None:
    for one in extract(text):
        assert 0 <= one.start < one.end <= len(text)
        assert 0 < one.confidence <= 100


def test_a_value_is_found_once_at_its_surest_place() -> None:
    text = "It calls c2.example.org.\n\n## Indicators\n\n- c2[.]example[.]org\n"
    (one,) = extract(text)
    assert (one.section, one.context, one.confidence) == ("Indicators", "- c2[.]example[.]org", 100)


def test_a_cve_is_shown_where_it_is_first_named() -> None:
    text = "It is CVE-2024-12345.\n\n## Vulnerabilities\n\n- CVE-2024-12345\n- cve-2024-12345\n"
    (one,) = extract(text)
    assert (one.start, one.section) == (6, "")


@pytest.mark.parametrize("space", [" ", "\n", "\t", "\u00a0", " \n "])
def test_places_are_right_after_any_space_and_after_words_that_hold_the_same_signs(space: str) -> None:
    text = space.join(
        ["", "aCVE-2024-12345", "xc2.example.org.exe", "CVE-2024-12345", "(c2.example.org)", "x"]
    )
    assert [text[one.start : one.end] for one in extract(text)] == ["CVE-2024-12345", "c2.example.org"]
    assert [text[one.start - 1] for one in extract(text)] == [space[-1], "("]


@pytest.mark.parametrize(
    "heading",
    ["## Indicators", "== Samples", "C2 DOMAINS:", "Domains", "**IoCs**", "## Indicateurs de compromission"],
)
def test_a_list_of_indicators_counts_more_than_a_mention(heading: str) -> None:
    (mentioned,) = extract("They call c2.example.org every hour.")
    (listed,) = extract(f"{heading}\n\n- c2.example.org\n")
    assert listed.confidence >= mentioned.confidence + 40


@pytest.mark.parametrize(
    "heading", ["## References", "REFERENCES:", "== Sources", "## Pour en savoir plus", "Liens"]
)
def test_references_do_not_count(heading: str) -> None:
    assert found(f"{heading}\n\n- https://www.example.org/2024/report.html\n") == {}


def test_a_section_without_a_word_we_know_is_of_its_parents_kind() -> None:
    text = "# Report\n## Indicators\n### Turla\n- c2.example.org\n# Next\n- c3.example.org\n"
    first, second = extract(text)
    assert first.confidence == second.confidence + 20


def test_links_with_a_label_or_introduced_as_a_source_do_not_count() -> None:
    assert found("Read [the report](https://www.example.org/report) of today.") == {}
    assert found("See our blog post at https://www.example.org/report for more.") == {}
    assert found("The https://www.example.org/report[report] is out.") == {}


def test_what_can_be_clicked_counts_less_where_the_rest_is_broken() -> None:
    text = "It calls 203[.]0[.]113[.]7 and 203[.]0[.]113[.]8. More: https://www.example.org/report"
    assert found(text) == {"203.0.113.7": "ipv4-addr", "203.0.113.8": "ipv4-addr"}


def test_the_publishers_own_site_is_left_out() -> None:
    text = "- hxxps://blog.example.org/a\n- mail@example.org\n- notexample.org\n- example.org"
    assert {one.value for one in extract(text, own_domains=["example.org"])} == {"notexample.org"}


def test_services_that_mean_no_harm_are_left_out_but_not_what_strangers_publish_there() -> None:
    text = (
        "## IoCs\n- www.virustotal.com\n- pastebin[.]com\n- hxxps://pastebin[.]com/raw/x1\n- api.ipify.org\n"
    )
    assert found(text) == {"https://pastebin.com/raw/x1": "url"}


def test_what_is_said_to_be_harmless_does_not_count() -> None:
    assert found("- port 443 - www.example.org - connectivity check, not inherently malicious") == {}


def test_digests_of_certificates_do_not_count() -> None:
    assert found(f"## Code-signing certificates\n\n- {SHA1}\n") == {}
    assert found(f"## Files\n\n- {SHA1}\n") == {SHA1: "sha1"}


def test_values_inside_a_path_or_a_key_are_part_of_it() -> None:
    text = rf"C:\Users\Public\{MD5}\evil.example.org.exe"
    assert found(text) == {text: "windows-path"}


def test_homoglyphs_become_visible() -> None:
    assert found("login at ex\u0430mple.com now") == {"xn--exmple-4nf.com": "domain-name"}


def test_suffixes_follow_plain_wildcard_and_exception_rules() -> None:
    assert registrable("a.b.example.co.uk") == "example.co.uk"
    assert registrable("a.b.example.ck") == "b.example.ck"
    assert registrable("a.www.ck") == "www.ck"
    assert registrable("co.uk") == registrable("setup.exe") == ""


HOSTILE = {
    "one token": "a" * 5_000_000,
    "digits": "1" * 5_000_000,
    "hex": "ab" * 2_500_000,
    "brackets": "[" * 5_000_000,
    "bracketed dots": "[.]" * 1_600_000,
    "dots": "." * 5_000_000,
    "labels": "a." * 2_500_000,
    "odd labels": "a-." * 1_600_000,
    "octets": "1." * 2_500_000,
    "colons": ":" * 5_000_000,
    "at signs": "a@" * 2_500_000,
    "schemes": "http://" * 700_000,
    "backslashes": "\\" * 5_000_000,
    "path": "C:\\" + "a\\" * 2_500_000,
    "keys": "HKLM\\" * 1_000_000,
    "dashes": "a-" * 2_500_000,
    "slashes": "a.b/" * 1_250_000,
    "mutexes": "mutex " * 800_000,
    "spoken": "a dot " * 800_000,
    "spaces": " " * 5_000_000,
    "lines": "\n" * 5_000_000,
    "headings": "# a\n" * 1_250_000,
    "nesting": "([{" * 800_000 + "}])" * 800_000,
    "signs without width": "a\u200b" * 2_500_000,
}


@pytest.mark.parametrize("sort", HOSTILE)
def test_the_work_grows_with_the_length_only(sort: str) -> None:
    text = HOSTILE[sort]
    short, long = _seconds(text[: len(text) // 100]), _seconds(text[: len(text) // 10])
    assert long < 60 * max(short, 0.002)  # ten times the text: a hundred times where it is quadratic


@pytest.mark.whole
@pytest.mark.parametrize(
    "sort", ["one token", "brackets", "bracketed dots", "dots", "labels", "colons", "nesting"]
)
def test_five_megabytes_of_nonsense_take_seconds(sort: str) -> None:
    assert _seconds(HOSTILE[sort]) < 30


def _seconds(text: str) -> float:
    start = process_time()
    list(extract(text))
    return process_time() - start


def test_the_rule_concludes_how_many_values_it_is_sure_of(advisory: Build) -> None:
    record = advisory("Campaign", f"Indicators\n\n- 203[.]0[.]113[.]7\n- {SHA256}\n- CVE-2024-12345\n")
    (assessment,) = ioc_extraction.assess(record, Background())
    assert (assessment.rule, assessment.value, assessment.score) == ("ioc_extraction", "2", 100)
    first = assessment.reasons[0]
    assert first.french == "Adresse IPv4\u00a0: «\u00a0203[.]0[.]113[.]7\u00a0»"
    assert first.evidence[0].text == record.summary[first.evidence[0].start : first.evidence[0].end]
    assert first.evidence[0].field == "summary"


def test_the_rule_reads_the_body_where_there_is_one(advisory: Build) -> None:
    record = replace(advisory("Campaign", "203[.]0[.]113[.]7"), body="It calls c2[.]example[.]net.")
    (assessment,) = ioc_extraction.assess(record, Background())
    assert [reason.evidence[0].field for reason in assessment.reasons] == ["body"]


def test_an_advisory_without_values_is_concluded_too(advisory: Build) -> None:
    (assessment,) = ioc_extraction.assess(advisory("MicroDicom", "Update to 3.8.1."), Background())
    assert (assessment.value, assessment.score, assessment.reasons) == ("0", 0, ())


def test_many_values_are_counted_and_few_are_shown(advisory: Build) -> None:
    lines = "\n".join(f"- 203[.]0[.]113[.]{last}" for last in range(200))
    (assessment,) = ioc_extraction.assess(advisory("Campaign", f"IoCs\n\n{lines}"), Background())
    assert (assessment.value, len(assessment.reasons)) == ("200", ioc_extraction.SHOWN)


def test_recall_and_precision_on_published_reports(recorded: Path) -> None:
    score = quality_extraction.measure(quality_extraction.ours, quality_extraction.pairs(recorded))
    assert score.wanted > 5_900
    assert score.hit / score.wanted >= 0.98
    assert score.hit / (score.hit + score.wrong) >= 0.98


@pytest.mark.parametrize("url", ["http://[x", "https://exa]mple/", "http://\u2100.com/"])
def test_address_that_is_none_stops_no_rule(advisory: Build, url: str) -> None:
    (made,) = ioc_extraction.assess(replace(advisory("A notice"), url=url), Background())
    assert made.value == "0"
