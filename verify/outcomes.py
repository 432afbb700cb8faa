"""The words for what came out: the verdict on a claim, the outcome at one point."""

from enum import Enum, IntEnum


class Verdict(Enum):
    """What is said about a claim; `text` is its meaning in one line.

    >>> print(Verdict.REFUTED, "-", Verdict.REFUTED.text)
    refuted - a counterexample, reproduced on a higher rung of the oracle
    """

    CONSISTENT = "consistent", "no counterexample in the decided test cases"
    REFUTED = "refuted", "a counterexample, reproduced on a higher rung of the oracle"
    UNSTABLE = "unstable", "right in exact arithmetic, loses over half its digits in floats"
    MALFORMED = "malformed", "not a gradient: shape, keys, exception, non-finite or not repeatable"
    INCONCLUSIVE = "inconclusive", "every test case was undecided, or none could tell"
    VACUOUS = "vacuous", "no test case met the precondition"

    text: str

    def __new__(cls, value: str, text: str) -> "Verdict":
        """Make the member: the word is its value, the sentence its `text`."""
        member = object.__new__(cls)
        member._value_ = value
        member.text = text
        return member

    def __str__(self) -> str:
        return str(self.value)


class Outcome(IntEnum):
    """One claim at one point; the numbers are what the arrays of a batch hold."""

    AGREE = 0
    DIFFER = 1
    UNDECIDED = 2
    MALFORMED = 3
    UNSTABLE = 4


CONSISTENT = Verdict.CONSISTENT
REFUTED = Verdict.REFUTED
UNSTABLE = Verdict.UNSTABLE
MALFORMED = Verdict.MALFORMED
INCONCLUSIVE = Verdict.INCONCLUSIVE
VACUOUS = Verdict.VACUOUS
