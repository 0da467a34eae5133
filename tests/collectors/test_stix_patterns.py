"""What a STIX pattern stands for: never more than the grammar of stix2-patterns and stix2 read in it."""

import json
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stix2.pattern_visitor import create_pattern_object
from stix2.patterns import (
    AndBooleanExpression,
    ObservationExpression,
    OrBooleanExpression,
    OrObservationExpression,
    ParentheticalExpression,
)
from stix2patterns.exceptions import ParseException
from stix2patterns.v21.pattern import Pattern

from collectors.reading import stix_patterns
from collectors.reading.stix_grammar import MAX_BRACKETS, MAX_PATTERN, Comparison, Joined, alternatives
from collectors.reading.stix_patterns import read_pattern
from records import Observable, ObservableType, observable

MD5, SHA1, SHA256 = "a" * 32, "b" * 40, "c" * 64
DESTINATION = "network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '192.0.2.1'"


def _values(pattern: str) -> list[str]:
    return [one.value for one in read_pattern(pattern).found]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("[ipv4-addr:value = '192.0.2.1']", ["192.0.2.1"]),
        ("[(ipv4-addr:value == '192.0.2.1')]", ["192.0.2.1"]),
        ("([ipv4-addr:value='192.0.2.1'])", ["192.0.2.1"]),
        ("[ipv4-addr:value ISSUBSET '198.51.100.0/24']", ["198.51.100.0/24"]),
        ("[ipv6-addr:value ISSUBSET '2001:db8::/32']", ["2001:db8::/32"]),
        ("[ipv4-addr:value ISSUBSET '192.0.2.1/32']", ["192.0.2.1"]),
        (f"[file:hashes.'SHA-1' = '{SHA1.upper()}']", [SHA1]),
        (f"[file:hashes.sha256 == '{SHA256}']", [SHA256]),
        (r"[url:value = 'http://a.example/\\x\'']", ["http://a.example/\\x'"]),
        ("[email-message:from_ref.value = 'a@b.example']", ["a@b.example"]),
        ("[domain-name:value = 'a.example' OR domain-name:value = 'b.example']", ["a.example", "b.example"]),
        ("[url:value = 'http://a.example/'] OR ([ipv4-addr:value = '192.0.2.1'])", ["http://a.example/", "192.0.2.1"]),
        ("[domain-name:value IN ('a.example', 'b.example','A.example')]", ["a.example", "b.example"]),
        (f"[file:hashes.MD5 = '{MD5}' OR file:hashes.'SHA-256' = '{SHA256}']", [MD5, SHA256]),
        (f"[file:hashes.MD5 = '{MD5}' AND file:hashes.SHA1 = '{SHA1}' AND file:size = 12]", [MD5, SHA1]),
        (f"[{DESTINATION}]", ["192.0.2.1"]),
        (f"[{DESTINATION} AND network-traffic:dst_port = 443]", ["192.0.2.1"]),
        (f"[{DESTINATION} AND network-traffic:dst_port = '443']", ["192.0.2.1"]),
        (f"[({DESTINATION}) OR {DESTINATION.replace('dst', 'src').replace('.1', '.2')}]", ["192.0.2.1", "192.0.2.2"]),
    ],
)  # fmt: skip
def test_choice_of_values_is_as_many_observables(pattern: str, expected: list[str]) -> None:
    assert _values(pattern) == expected
    assert read_pattern(pattern)[1:] == (0, "")


@pytest.mark.parametrize(
    "pattern",
    [
        "[ipv4-addr:value = '192.0.2.1' AND ipv4-addr:value = '192.0.2.2']",
        "[ipv4-addr:value = '192.0.2.1'] AND [ipv4-addr:value = '192.0.2.2']",
        "[ipv4-addr:value = '192.0.2.1'] FOLLOWEDBY [ipv4-addr:value = '192.0.2.2']",
        "[domain-name:value = 'a.example' AND (ipv4-addr:value = '192.0.2.1' OR url:value = 'http://a.example/')]",
        f"[file:hashes.MD5 = '{MD5}' AND (file:hashes.SHA1 = '{SHA1}' OR file:hashes.SHA256 = '{SHA256}')]",
        f"[{DESTINATION.replace('type =', 'type ISSUBSET')}]",
        "[ipv4-addr:value != '192.0.2.1']",
        "[ipv4-addr:value NOT = '192.0.2.1']",
        "[NOT ipv4-addr:value = '192.0.2.1']",
        "[ipv4-addr:value NOT IN ('192.0.2.1')]",
        "[ipv4-addr:value NOT ISSUBSET '192.0.2.0/24']",
        "[ipv4-addr:value ISSUPERSET '192.0.2.0/24']",
        "[domain-name:value ISSUBSET 'a.example']",
        "[ipv4-addr:value = '192.0.2.1'] WITHIN 5 SECONDS",
        "[EXISTS ipv4-addr:value AND ipv4-addr:value = '192.0.2.1']",
        "[ipv4-addr:value LIKE '192.0.2.%']",
        "[ipv4-addr:value MATCHES '192.0.2.1']",
        "[ipv4-addr:value = 5]",
        f"[file:hashes.'SHA-256' = {'1' * 64}]",
        "[domain-name:resolves_to_refs[0].value = '192.0.2.1']",
        "[domain-name:value = 'a.example' AND domain-name:resolves_to_refs[*].value = '192.0.2.1']",
        f"[file:hashes.'SHA-512' = '{SHA256 * 2}']",
        f"[file:hashes.MD5 = '{MD5}' AND file:name = 'x.exe']",
        f"[file:hashes.MD5 = '{MD5}' AND file:hashes.MD5 = '{'b' * 32}']",
        f"[file:parent_directory_ref.hashes.MD5 = '{MD5}']",
        "[file:size = 12]",
        "[file:name = '192.0.2.1']",
        "[network-traffic:dst_ref.value = '192.0.2.1']",
        DESTINATION.join("[]").replace("dst_ref.type", "src_ref.type"),
        f"[{DESTINATION.replace('ipv4-addr', 'mac-addr')}]",
        f"[{DESTINATION} AND network-traffic:src_ref.value = '192.0.2.2']",
        "192.0.2.1",
        "",
        "[ipv4-addr:value = '192.0.2.1'",
        "[ipv4-addr:value = '192.0.2.1']]",
        "[ipv4-addr:value = '192.0.2.1' OR]",
        "[" + "(" * (MAX_BRACKETS + 1) + "url:value = 'http://a.example/'" + ")" * (MAX_BRACKETS + 1) + "]",
        "[" + "(" * 20_000,
        "[url:value IN (" + "'http://a.example/'," * (MAX_PATTERN // 20) + "'http://b.example/')]",
    ],
)
def test_other_patterns_are_no_observable(pattern: str) -> None:
    with pytest.raises(ValueError, match="pattern") as caught:
        read_pattern(pattern)
    assert len(str(caught.value)) < 500


def test_alternatives_that_are_no_observables_are_counted() -> None:
    values = read_pattern(f"[file:hashes.MD5 = '{MD5}' OR file:hashes.'SHA-512' = 'x' OR file:name = 'x']")
    assert ([one.type for one in values.found], *values[1:]) == ([ObservableType.MD5], 2, "")


def test_wrong_value_never_loses_its_neighbours() -> None:
    values = read_pattern("[domain-name:value IN ('a.example', 'no domain', 'nor this')]")
    assert [one.value for one in values.found] == ["a.example"]
    assert "a space" in values.refused and "1 more of its values" in values.refused


TEXTS = (
    st.text(st.sampled_from("a\\'"), min_size=1, max_size=4)
    | st.text(st.sampled_from("ab.é/ \\'[]=()\n\t"), max_size=8)
    | st.text(max_size=8)
)
ESCAPED = TEXTS.map(lambda text: text.replace("\\", "\\\\").replace("'", "\\'"))
KNOWN = st.sampled_from(["192.0.2.1", "198.51.100.0/24", "a.example", "http://a.example/", MD5, "ipv4-addr"])
LITERALS = (KNOWN | ESCAPED | ESCAPED | TEXTS).map(lambda text: f"'{text}'")
READ_PATHS = [
    *("ipv4-addr:value", "ipv6-addr:value", "url:value", "domain-name:value", "file:hashes.MD5"),
    *("file:hashes.'SHA-256'", "file:hashes.'MD5'", "email-message:from_ref.value"),
]
OTHER_PATHS = [
    *(
        "file:hashes.SHA-256",
        "file:size",
        "file:name",
        "file:hashes.IN",
        "file:hashes.true",
        "AND:x",
        "true:x",
    ),
    *("network-traffic:dst_ref.type", "network-traffic:dst_ref.value", "network-traffic:dst_port"),
    *("domain-name:resolves_to_refs[*].value", "a-b:c_d.e", "a:b.c-d", "a:LAST"),
]
PATHS = st.sampled_from(READ_PATHS) | st.sampled_from(READ_PATHS) | st.sampled_from(OTHER_PATHS)
OPERATORS = st.sampled_from([*(["="] * 20), "==", "ISSUBSET", "!=", "LIKE", "NOT =", "in", ">"])
NUMBERS = st.sampled_from(["443", "-1", "01", "1.5", "true", "t'2025-01-01T00:00:00Z'", "h'00'"])
COMPARISONS = (
    st.tuples(PATHS, OPERATORS, LITERALS).map(" ".join)
    | st.tuples(PATHS, OPERATORS, LITERALS).map("".join)
    | st.tuples(PATHS, OPERATORS, LITERALS | NUMBERS).map(" ".join)
    | st.tuples(PATHS, st.lists(LITERALS, max_size=3)).map(lambda one: f"{one[0]} IN ({','.join(one[1])})")
    | st.sampled_from([DESTINATION, f"{DESTINATION} AND network-traffic:dst_port = 443", "EXISTS url:value"])
)


def _joined(inner: st.SearchStrategy[str], words: list[str]) -> st.SearchStrategy[str]:
    space = st.sampled_from(["", " ", " ", "\t\n "])
    return st.tuples(inner, space, st.sampled_from(words), space, inner).map("".join) | inner.map(
        lambda text: f"({text})"
    )


WITHIN = st.recursive(COMPARISONS, lambda inner: _joined(inner, ["OR", "OR", "AND"]), max_leaves=4)
OBSERVATIONS = st.recursive(
    WITHIN.map(lambda text: f"[{text}]"),
    lambda inner: _joined(inner, [*(["OR"] * 6), "AND", "FOLLOWEDBY", "WITHIN 5 SECONDS OR"]),
    max_leaves=3,
)  # fmt: skip


def _theirs(node: Any) -> Iterator[Joined]:
    """Yield the alternatives that stix2 reads in a pattern; raises `AssertionError` for any other pattern."""
    if isinstance(node, ObservationExpression):
        yield from _theirs(node.operand)
    elif isinstance(node, ParentheticalExpression):
        yield from _theirs(node.expression)
    elif isinstance(node, OrBooleanExpression | OrObservationExpression):
        for operand in node.operands:
            yield from _theirs(operand)
    elif isinstance(node, AndBooleanExpression):
        for parts in product(*(list(_theirs(operand)) for operand in node.operands)):
            yield tuple(one for part in parts for one in part)
    else:
        assert node.operator in ("=", "ISSUBSET", "IN") and not node.negated
        path = str(node.lhs).replace("'", "")
        for value in node.rhs.value if node.operator == "IN" else [node.rhs]:
            operator = "=" if node.operator == "IN" else node.operator
            literal = re.sub(r"\\(['\\])", r"\1", str(value.value))  # stix2 leaves it as written
            yield (Comparison(path, operator, literal),)


@settings(deadline=None, max_examples=400)
@given(pattern=OBSERVATIONS | OBSERVATIONS.map(lambda text: text.replace(" ", "", 1)))
def test_valid_pattern_is_never_misread(pattern: str) -> None:
    try:
        values = read_pattern(pattern).found
    except ValueError:
        return
    Pattern(pattern)  # valid
    theirs = list(_theirs(create_pattern_object(pattern, version="2.1")))
    named = {one.value for joined in theirs for one in joined}
    assert values and all(value in _canonical(named) for value in values)
    if stix_patterns._USUAL.fullmatch(pattern) is None:
        assert alternatives(pattern) == theirs
    else:
        assert len(theirs) == len(theirs[0]) == 1


def _canonical(texts: set[str]) -> set[Observable]:
    """Return all that texts can be as observables."""
    found = set()
    for kind, text in product(ObservableType, texts):
        try:
            found.add(observable(kind, text))
        except ValueError:
            continue
    return found


@settings(deadline=None, max_examples=400)
@given(pattern=OBSERVATIONS | st.text() | st.text("[]()'\\= ANDORI:url.value"))
def test_whatever_is_written_there_is_read_or_refused(pattern: str) -> None:
    try:
        found = alternatives(pattern)
    except ValueError as error:
        assert "pattern" in str(error)
        return
    Pattern(pattern)
    assert found == list(_theirs(create_pattern_object(pattern, version="2.1")))


@settings(deadline=None)
@given(
    path=st.sampled_from(["ipv4-addr:value", "url:value", "file:hashes.MD5", "file:hashes.'SHA-256'", "file:hashes.sha1"]),
    literal=LITERALS,
    space=st.sampled_from(["", " ", "  "]),
    end=st.sampled_from(["", "", " ", " AND url:value = 'x'", "]", " START"]),
)  # fmt: skip
def test_usual_shape_is_read_as_the_long_way_reads_it(path: str, literal: str, space: str, end: str) -> None:
    pattern = f"[{space}{path}{space}={space}{literal}{space}]{end}"
    usual = stix_patterns._USUAL.fullmatch(pattern)
    if usual is not None:
        ((_, value),) = [stix_patterns._usual(usual)]
        assert alternatives(pattern) == [(Comparison(path.replace("'", ""), "=", value),)]


def test_recorded_patterns_are_read_as_the_grammar_reads_them(recorded: Path) -> None:
    page = next((recorded / "taxii" / "tweetfeed" / "pages").glob("*.0.json"))
    patterns = [item["pattern"] for item in json.loads(page.read_bytes())][:200]
    for path in sorted((recorded / "reports" / "talos").rglob("*.json")):
        bundle = json.loads(path.read_bytes())
        objects = bundle.get("objects", []) if isinstance(bundle, dict) else []
        shapes = {item["pattern"].split("'")[0]: item["pattern"] for item in objects if "pattern" in item}
        patterns += shapes.values()
    for pattern in patterns:
        assert alternatives(pattern) == list(_theirs(create_pattern_object(pattern, version="2.1")))


@pytest.mark.parametrize(
    "pattern", ["[a:b = 'c", "[file:hashes.SHA-256 = 'x']", "[a:b = 01]", "[AND:b = 'c']"]
)
def test_invalid_patterns_are_known_as_such_to_both(pattern: str) -> None:
    with pytest.raises(ParseException):
        Pattern(pattern)
    with pytest.raises(ValueError, match="pattern"):
        read_pattern(pattern)
