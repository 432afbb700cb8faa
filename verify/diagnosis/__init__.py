"""Diagnosis: why a refuted gradient is wrong, from values alone.

Nothing is said that was not checked on points which no hypothesis was formed from.
"""

from verify.diagnosis.blind import blind_spot as blind_spot
from verify.diagnosis.census import census as census
from verify.diagnosis.explain import diagnose as diagnose
from verify.diagnosis.sample import Sample as Sample
from verify.diagnosis.sample import descent as descent
