"""What an inventory is told, by the shared vectors: the browser must answer the same (see test_twins)."""

from collections.abc import Mapping
from typing import Any

import pytest

from checking.matching import Match, match
from checking.product_index import ProductIndex, read_index
from tests.checking.stories import MATCHING, asset, index_files


@pytest.fixture(scope="module")
def index() -> ProductIndex:
    return read_index(index_files())


def _short(one: Match) -> list[str]:
    name = one.story.path.rstrip("/").rpartition("--")[2]
    return [name, one.certainty, one.why_name, one.why_version]


@pytest.mark.parametrize("case", MATCHING["cases"], ids=lambda case: str(case["case"]))
def test_case(case: Mapping[str, Any], index: ProductIndex) -> None:
    assert [_short(one) for one in match([asset(1, case["asset"])], index)] == case["expected"]
