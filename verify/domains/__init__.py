"""Domains: what an input of a problem may be, as plain data that prints itself."""

from verify.domains.domain import KINDS as KINDS
from verify.domains.domain import SMALLEST_POSITIVE as SMALLEST_POSITIVE
from verify.domains.domain import Domain as Domain
from verify.domains.kinds import booleans as booleans
from verify.domains.kinds import choice as choice
from verify.domains.kinds import constant as constant
from verify.domains.kinds import integers as integers
from verify.domains.kinds import labels as labels
from verify.domains.kinds import make as make
from verify.domains.kinds import nonnegative as nonnegative
from verify.domains.kinds import onehot as onehot
from verify.domains.kinds import parse_shape as parse_shape
from verify.domains.kinds import positive as positive
from verify.domains.kinds import reals as reals
from verify.domains.kinds import simplex as simplex
from verify.domains.kinds import unit_interval as unit_interval
