#!/usr/bin/env python3
"""Tests of difference.py with generated times: noise like that of a shared machine, drift and outliers."""
import random
import unittest

import difference

PAIRS = 40
TRIALS = 100


def times(chance, factor):
    """Pairs of runs: both drift with the machine, each has noise of 4 % and sometimes an outlier."""
    here, other = [], []
    for pair in range(PAIRS):
        machine = 0.01 * (1 + 0.3 * pair / PAIRS + chance.gauss(0, 0.05))
        for list_, times_factor in ((here, factor), (other, 1)):
            noise = chance.lognormvariate(0, 0.04) * (1 + (chance.random() < 0.05) * chance.random() * 3)
            list_.append(machine * times_factor * noise)
    return here, other


def found(factor):
    chance = random.Random(7)
    return [difference.compare(*times(chance, factor)) for _ in range(TRIALS)]


class DifferenceTests(unittest.TestCase):
    def test_same_program_has_no_difference(self):
        self.assertGreaterEqual(sum(not real for *_, real in found(1)), 90)

    def test_planted_difference_is_found_with_its_sign(self):
        self.assertGreaterEqual(sum(real and value > 0 for value, *_, real in found(1.05)), 90)
        self.assertGreaterEqual(sum(real and value < 0 for value, *_, real in found(1 / 1.05)), 90)

    def test_interval_contains_the_truth_in_nine_of_ten_trials(self):
        self.assertGreaterEqual(sum(low <= 5 <= high for _, low, high, _ in found(1.05)), 90)

    def test_tiny_difference_is_noise(self):
        self.assertFalse(difference.compare([1.005 + i / 1e6 for i in range(PAIRS)], [1.0] * PAIRS)[3])

    def test_row(self):
        self.assertRegex(
            difference.row("start", [0.0105] * 20, [0.01] * 20),
            r"^\| start \| 10\.50 ms \| 10\.00 ms \| \+5\.0 % \| \+5\.0 to \+5\.0 % \| 20 \| more than noise: slower \|$")
        self.assertRegex(difference.row("start", [0.01] * 20, [0.01] * 20), r"\| noise \|$")

    def test_few_pairs_are_refused(self):
        with self.assertRaises(ValueError):
            difference.compare([1.0] * 5, [1.0] * 5)


if __name__ == "__main__":
    unittest.main()
