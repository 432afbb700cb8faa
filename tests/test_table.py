import by_hand
import numpy as np
from by_hand import claim, closed_form, consistent, question, several

from verify.findings import Tally
from verify.table import findings_table, regime_counts, regimes_table


def test_one_row_a_claim_in_order():
    results = several()
    table = findings_table(results)
    assert list(table["variant"]) == [f.claim.variant.name for f in results.findings]
    assert list(table["verdict"]) == [str(f.verdict) for f in results.findings]
    assert table["as_expected"].sum() == 6


def test_the_row_of_a_refuted_claim():
    row = findings_table([question()]).iloc[0]
    assert row["says"] == "fails the finite-difference check"
    assert (row["drawn"], row["decided"], row["undecided"]) == (300, 292, 8)
    assert (row["axes"], row["entry"]) == ("N=1, D=1, K=2", "[0, 1]")
    right = closed_form(**question().counterexample.point.inputs)
    assert row["reference"] == right[0, 1]
    assert row["excess"] == abs(row["claimed"] - row["reference"]) / row["bound"]
    assert row["expected"] == "refuted"


def test_without_a_counterexample_its_columns_are_missing():
    table = findings_table(several())
    consistent_rows = table[table["verdict"] == "consistent"]
    assert len(consistent_rows) == 2
    assert consistent_rows[["axes", "entry", "claimed", "reference", "bound"]].isna().all(axis=None)


def test_the_first_word_of_each_row_is_the_check():
    says = findings_table(several())["says"].str.split(" ").str[0].value_counts()
    assert says.to_dict() == {"fails": 7, "passes": 2, "no": 2}


def test_claims_against_regimes():
    table = regimes_table(several())
    names = ("network", "as asked", "theta")
    assert table.loc[names, ("text", "theta = 0")] == "9/0/1"
    assert table.loc[names, ("outcome", "theta = 0")] == "holds"
    assert table.loc[names, ("outcome", "K = 1")] == "fails"
    assert table.loc[names, ("outcome", "tiny X")] == "cannot tell"
    assert table.loc[("network", "closed_form", "theta"), ("text", "K = 1")] == ""
    assert table.loc[("network", "closed_form", "theta"), ("holds", "K = 1")] == 0
    assert list(table["text"].columns)[:4] == ["theta = 0", "generic", "tiny X", "K = 1"]
    assert len(table) == 11


def test_two_claims_of_one_name_keep_their_own_rows():
    one = consistent(claim(by_hand.network, "closed_form"), regimes={"generic": Tally(1, 0, 0)})
    two = consistent(claim(by_hand.network, "closed_form"), regimes={"generic": Tally(2, 0, 0)})
    assert list(regimes_table([one, two])[("text", "generic")]) == ["1/0/0", "2/0/0"]


def test_no_findings_make_empty_tables():
    assert list(findings_table([]).columns)[:4] == ["problem", "variant", "input", "says"]
    assert len(findings_table([])) == len(regime_counts([])) == len(regimes_table([])) == 0


def test_counts_are_whole_numbers():
    table = regimes_table(several())
    assert all(np.issubdtype(kind, np.integer) for kind in table["holds"].dtypes)
