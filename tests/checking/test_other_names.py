"""Which names of word lists are taken for other names of a product."""

from checking.other_names import Alias, aliases


def _row(vendor: str, product: str, others: str = "", cpe: str = "") -> dict[str, str]:
    return {"vendor": vendor, "product": product, "aliases": others, "cpe": cpe}


def _found(*rows: dict[str, str]) -> set[Alias]:
    return set(aliases(rows)) - set(aliases([]))


def test_names_beside_a_product_are_possible() -> None:
    assert _found(_row("Contoso", "Cardioscope", "Vasculoscope")) == {
        Alias("Contoso", "Cardioscope", "Vasculoscope", sure=False)
    }


def test_products_of_one_cpe_are_surely_the_same() -> None:
    rows = (_row("Contoso", "Boîtier", cpe="contoso:os"), _row("Contoso", "ContosOS", cpe="contoso:os"))
    assert _found(*rows) == {Alias("Contoso", "Boîtier", "ContosOS", sure=True)}


def test_names_that_differ_in_a_number_or_in_spelling_tell_nothing() -> None:
    assert not _found(
        _row("Contoso", "Scanner 2012", "Scanner 2016"), _row("Contoso", "Contoso Télécardio", "TeleCardio")
    )


def test_name_that_means_nothing_alone_is_left_out() -> None:
    assert not _found(_row("Contoso", "Cardioscope", "Web Server|*scope"))


def test_renamed_products_of_our_own_table_are_known() -> None:
    assert Alias("Fortinet", "FortiOS", "FortiGate", sure=True) in aliases([])
