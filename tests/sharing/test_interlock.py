"""What is not believable is held or stops the release, and a human can let exactly that pass."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from records import Entry, ListedIndicator, Marking, Observable, ObservableType, Withdrawal, WithdrawalReason
from sharing.comparing import entry_from
from sharing.critical import listed_names, why_critical
from sharing.formats.ndjson import line_of
from sharing.interlock import Bounds, Breach, HeldError, Rule, Tally, Verdict, holds, review, stops
from sharing.lookalikes import resembled

T = ObservableType
MADE_AT = datetime(2025, 7, 20, 18, 0, tzinfo=UTC)
BOUNDS = Bounds(floor=10, source_floor=20, crowd=5)
BEFORE = Tally(
    200, {"domain-name": 100, "ipv4-addr": 80, "sha256": 20}, {"certfr": 150, "tweetfeed": 40, "new": 10}
)


def entry(value: str, *sources: str, kind: ObservableType = T.DOMAIN) -> Entry:
    row = ListedIndicator(
        observable=Observable(kind, value), marking=Marking(), confidence=75, sources=sources or ("certfr",)
    )
    return entry_from(row, MADE_AT)


def many(size: int, *sources: str) -> list[Entry]:
    return [entry(f"n{number}.{sources[0]}.example", *sources) for number in range(size)]


def subjects(held: Iterable[Observable]) -> set[str]:
    return {item.value for item in held}


def test_a_source_that_floods_is_held_and_its_neighbours_are_not() -> None:
    flooding, twice = many(61, "tweetfeed"), many(3, "certfr", "tweetfeed")
    held = holds(BEFORE, [*flooding, *twice, *many(20, "new")], BOUNDS)
    assert set(held) == {row.observable for row in flooding}
    assert {(one.rule, one.subject, one.before, one.after) for one in held.values()} == {
        (Rule.FLOOD, "tweetfeed", 40, 64)
    }


@pytest.mark.parametrize(
    ("size", "source"), [(40, "tweetfeed"), (20, "new"), (20, "unknown"), (150, "certfr")]
)
def test_a_source_may_add_as_much_as_it_had_and_a_new_one_a_little(size: int, source: str) -> None:
    assert holds(BEFORE, many(size, source), Bounds(source_floor=20, share=30)) == {}


def test_a_source_that_becomes_the_voice_of_the_lists_is_held() -> None:
    held = holds(BEFORE, many(40, "tweetfeed"), Bounds(source_floor=20, share=10))
    assert {one.rule for one in held.values()} == {Rule.SHARE}
    assert len(held) == 40
    spread = [*many(40, "tweetfeed"), *many(150, "certfr")]
    assert holds(BEFORE, spread, Bounds(source_floor=20, share=10)) == {}


@pytest.mark.parametrize("before", [None, Tally()])
def test_before_the_first_entries_only_critical_ones_are_held(before: Tally | None) -> None:
    assert subjects(holds(before, [*many(500, "new"), entry("chu-1ille.fr")], BOUNDS)) == {"chu-1ille.fr"}


def test_an_approval_passes_what_was_seen_and_nothing_else() -> None:
    added = [*many(61, "tweetfeed"), entry("chu-1ille.fr"), entry("esante-gouv.fr")]
    seen = frozenset({("flood", "tweetfeed"), ("critical", "esante-gouv.fr")})
    assert subjects(holds(BEFORE, added, BOUNDS, seen)) == {"chu-1ille.fr"}


def test_approving_one_of_two_flooding_sources_frees_what_both_say() -> None:
    both = many(80, "new", "tweetfeed")
    alone = many(5, "new")
    for seen, still in (("tweetfeed", {row.observable for row in alone}), ("new", set())):
        assert set(holds(BEFORE, [*both, *alone], BOUNDS, frozenset({("flood", seen)}))) == still


def test_approving_a_critical_value_does_not_free_it_from_the_flood_it_came_in() -> None:
    added = [*many(61, "tweetfeed"), entry("chu-1ille.fr", "tweetfeed")]
    held = holds(BEFORE, added, BOUNDS, frozenset({("critical", "chu-1ille.fr")}))
    assert held[Observable(T.DOMAIN, "chu-1ille.fr")].rule is Rule.FLOOD


def test_a_critical_value_in_a_flood_is_held_for_the_flood_first_and_then_for_itself() -> None:
    added, item = (
        [*many(61, "tweetfeed"), entry("chu-1ille.fr", "tweetfeed")],
        Observable(T.DOMAIN, "chu-1ille.fr"),
    )
    assert holds(BEFORE, added, BOUNDS)[item].rule is Rule.FLOOD
    held = holds(BEFORE, added, BOUNDS, frozenset({("flood", "tweetfeed")}))
    assert {one: breach.rule for one, breach in held.items()} == {item: Rule.CRITICAL}


def test_a_name_that_many_listed_names_lie_below_is_held_alone() -> None:
    below = [entry(f"n{number}.place.example") for number in range(5)]
    held = holds(BEFORE, [*below, entry("place.example")], BOUNDS)
    assert subjects(held) == {"place.example"}
    assert holds(BEFORE, [*below[:4], entry("place.example")], BOUNDS) == {}
    listed = [row.observable.value for row in below]
    assert subjects(holds(BEFORE, [entry("place.example")], BOUNDS, listed=listed)) == {"place.example"}


def test_names_are_read_from_the_lines_of_a_release_without_those_withdrawn() -> None:
    gone = replace(entry("gone.example"), withdrawal=Withdrawal(MADE_AT, WithdrawalReason.REVOKED))
    rows = [entry("a.example"), gone, entry("b.example"), entry("192.0.2.1", kind=T.IPV4)]
    assert list(listed_names(line_of(row) for row in rows)) == ["a.example", "b.example"]


def after(total: int = 0, **types: int) -> Tally:
    named = {"domain": "domain-name", "ipv4": "ipv4-addr", "sha256": "sha256"}
    counts = {**BEFORE.types, **{named[kind]: number for kind, number in types.items()}}
    return Tally(total or sum(counts.values()), counts)


def rules(found: Iterable[Breach]) -> list[Rule]:
    return [one.rule for one in found]


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        (after(), []),
        (after(domain=160), []),
        (after(domain=201), [Rule.GROWTH]),
        (after(domain=40), []),
        (after(domain=39), [Rule.SHRINKAGE]),
        (after(sha256=0), [Rule.EMPTY]),
        (after(domain=45, ipv4=100), [Rule.MIX]),
        (Tally(), [Rule.SHRINKAGE, Rule.EMPTY, Rule.EMPTY, Rule.EMPTY]),
    ],
)
def test_lists_out_of_bounds_stop_the_release(there: Tally, expected: list[Rule]) -> None:
    bounds = Bounds(floor=10, source_floor=20, mix=22)
    assert rules(stops(BEFORE, there, {}, bounds)) == expected


def test_what_left_for_a_reason_of_its_own_is_no_shrinkage() -> None:
    assert stops(BEFORE, after(domain=20), {"domain-name": 80}, BOUNDS) == ()
    assert rules(stops(BEFORE, after(domain=20), {}, BOUNDS)) == [Rule.SHRINKAGE, Rule.MIX]


@pytest.mark.parametrize("before", [None, Tally()])
def test_nothing_stops_the_first_release(before: Tally | None) -> None:
    assert stops(before, after(), {}, BOUNDS) == ()


def test_short_lists_change_freely() -> None:
    few = Tally(30, {"domain-name": 30}, {"certfr": 30})
    assert stops(few, Tally(9_030, {"domain-name": 30, "ipv4-addr": 9_000}), {}, Bounds()) == ()
    assert stops(few, Tally(1, {"domain-name": 1}), {}, Bounds()) == ()


def test_an_approved_stop_passes_and_the_others_stay() -> None:
    there = after(domain=39, sha256=0)
    found = stops(BEFORE, there, {}, BOUNDS, frozenset({("shrinkage", "lists")}))
    assert rules(found) == [Rule.EMPTY]


def test_a_tally_comes_back_from_the_ledger() -> None:
    assert Tally.from_json(BEFORE.as_json()) == BEFORE


def test_a_review_says_what_why_and_the_first_values() -> None:
    held = holds(BEFORE, [*many(61, "tweetfeed"), entry("chu-1ille.fr")], BOUNDS)
    text = review(Verdict(held, stops(BEFORE, after(sha256=0), {}, BOUNDS))).splitlines()
    assert "flood: tweetfeed adds 61 entries; it had 40 and may add 40: they are held" in text
    assert "critical: chu-1ille.fr is written like chu-lille.fr: it is held" in text
    assert "empty: no sha256 is left of 20" in text
    assert sum(line.startswith("  n") for line in text) == 20
    assert "  n0[.]tweetfeed[.]example" in text
    assert "  … and 41 more" in text


def test_a_review_of_nothing_says_so() -> None:
    assert review(Verdict()).startswith("Nothing is held")


def test_a_stopped_release_says_why_and_how_to_go_on() -> None:
    error = HeldError(Verdict({}, stops(BEFORE, after(sha256=0), {}, BOUNDS)))
    assert "no sha256 is left of 20" in str(error)
    assert "vigie release --review" in str(error)


@pytest.mark.parametrize(
    ("name", "real"),
    [
        ("xn--hu-lille-ech.fr", "chu-lille.fr"),  # a Cyrillic first letter
        ("xn--chu-lill-i1a.fr", "chu-lille.fr"),  # chu-lillé.fr
        ("xn--scurit-sociale-bkbf.com", "securite-sociale.fr"),  # sécurité-sociale.com
        ("chu-1ille.fr", "chu-lille.fr"),
        ("chu-iille.fr", "chu-lille.fr"),
        ("www.chu-1ille.fr", "chu-lille.fr"),
        ("chulille.fr", "chu-lille.fr"),
        ("chu-lile.fr", "chu-lille.fr"),
        ("chu-lilel.fr", "chu-lille.fr"),
        ("chu-lille.com", "chu-lille.fr"),
        ("chu-lille-fr.com", "chu-lille.fr"),
        ("esante-gouv.fr", "esante.gouv.fr"),
        ("sante-gouv.com", "sante.gouv.fr"),
        ("arneli.fr", "ameli.fr"),
        ("doctoiib.fr", "doctolib.fr"),
        ("doctolib.co.uk", "doctolib.fr"),
        ("ch-exemp1e.fr", "ch-*.fr"),
        ("evil.example", ""),
        ("chu-lille.fr.evil.example", ""),
        ("chu-lille-paiement.fr", ""),
        ("chu-lille.evil.example", ""),
        ("ameli.info", ""),
        ("xn--99999999999.fr", ""),
        ("xn--.fr", ""),
        ("intranet", ""),
    ],
)
def test_a_name_written_like_one_of_health_is_seen(name: str, real: str) -> None:
    assert resembled(name) == real


@settings(max_examples=300, deadline=None)
@given(
    name=st.from_regex(r"(xn--)?[a-z0-9-]{1,20}(\.(xn--)?[a-z0-9-]{1,20}){1,3}", fullmatch=True) | st.text()
)
def test_whatever_name_gives_an_answer(name: str) -> None:
    assert isinstance(resembled(name), str)


@pytest.mark.parametrize(
    ("kind", "value", "critical"),
    [
        (T.IPV4_NET, "185.220.64.0/19", True),
        (T.IPV4_NET, "185.220.64.0/20", False),
        (T.IPV6_NET, "2001:db8::/43", True),
        (T.IPV6_NET, "2001:db8::/44", False),
        (T.URL, "https://u:p@chu-1ille.fr:8443/x", True),
        (T.URL, "https://evil.example/chu-1ille.fr", False),
        (T.URL, "http://192.0.2.1/", False),
        (T.URL, "http://[2001:db8::1]/", False),
        (T.EMAIL, "x@evil.example", False),
        (T.IPV4, "192.0.2.1", False),
    ],
)
def test_wide_networks_and_hosts_of_urls_are_seen(kind: ObservableType, value: str, critical: bool) -> None:
    assert bool(why_critical(entry(value, kind=kind))) is critical
