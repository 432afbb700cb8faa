"""The one place where primals and variants are run, in whatever number system and batch."""

from verify.evaluator.calls import Failure as Failure
from verify.evaluator.calls import call as call
from verify.evaluator.calls import uncast as uncast
from verify.evaluator.simplest import simplest_point as simplest_point
from verify.evaluator.stacked import holds as holds
from verify.evaluator.stacked import primal as primal
from verify.evaluator.stacked import run as run
from verify.evaluator.stacked import runs_stacked as runs_stacked
from verify.evaluator.stacked import split as split
from verify.evaluator.variants import Claimed as Claimed
from verify.evaluator.variants import by_input as by_input
from verify.evaluator.variants import claimed as claimed
from verify.evaluator.variants import parts_of as parts_of
