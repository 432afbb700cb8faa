"""Results as CSV: the table of claims, and the table of steps where pages were checked."""

import csv

import pandas as pd

from verify.findings import Results
from verify.table import findings_table, steps_table

STEPS = "-steps"


def tables(results: Results) -> dict[str, pd.DataFrame]:
    """Return the tables of a run by what is added to the name of the file that holds them.

    Claims are in the file itself and steps, if there are any, in a second one with `-steps` before
    its ending. Where only pages were checked, the file itself holds the steps.
    """
    steps = steps_table(results)
    if results.derivations and not results.findings:
        return {"": steps}
    claims = {"": findings_table(results)}
    return claims | {STEPS: steps} if results.derivations else claims


def to_texts(results: Results) -> dict[str, str]:
    """Return the tables as CSV; floats in their shortest exact form, what is missing empty.

    Texts are in quotes: a carriage return in a name would end the row otherwise.
    """
    return {
        name: table.to_csv(index=False, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
        for name, table in tables(results).items()
    }
