"""Numerics of one derivative: slopes from function values, each with a bound on its own error.

Nothing here knows problems or variants. Values come in arrays whose first axis runs over the
steps of a ladder, coarse to fine; everything is vectorised over the axes that follow.
"""

from verify.differences.few import four_point as four_point
from verify.differences.few import taylor_order as taylor_order
from verify.differences.kinks import rough_order as rough_order
from verify.differences.ladder import Slope as Slope
from verify.differences.ladder import checked as checked
from verify.differences.ladder import ladder as ladder
from verify.differences.ladder import linear_length as linear_length
from verify.differences.noise import ENOUGH_VALUES as ENOUGH_VALUES
from verify.differences.noise import EPS as EPS
from verify.differences.noise import NOISE_FLOOR as NOISE_FLOOR
from verify.differences.noise import NOISE_RUNGS as NOISE_RUNGS
from verify.differences.noise import RUNGS as RUNGS
from verify.differences.noise import SUBNORMAL as SUBNORMAL
from verify.differences.noise import granularity as granularity
from verify.differences.noise import noise_of as noise_of
from verify.differences.noise import storage_eps as storage_eps
