#!/usr/bin/env python3
"""Judges whether one program is slower than another by more than noise.

usage: difference.py NAME FILE...

Each FILE is a result of hyperfine with one run of both programs, measured next to each other: "a" is this one, "b" the other.
Prints a row of a table: NAME, both medians, the difference in per cent with its 95 % interval, and the verdict. The difference is
the median of the pairs' ratios. Its interval is that of the sign test, so neither outliers nor a drift of the machine matter.
The verdict is "more than noise" if the interval does not contain 0 and the difference is at least 1 %.
"""
import json
import math
import statistics
import sys

SMALLEST = 1.0  # per cent; two executables differ by this much by where their code happens to lie


def rank(pairs, level):
    """Number of the smallest and of the largest ratios that are outside the interval of the median."""
    outside, probability = 0, 0.0
    while True:
        probability += math.comb(pairs, outside) / 2**pairs
        if 2 * probability > 1 - level:
            return outside
        outside += 1


def compare(here, other, level=0.95):
    """Returns difference, lower and upper limit in per cent, and whether it is more than noise."""
    ratios = sorted(math.log(a / b) for a, b in zip(here, other))
    outside = rank(len(ratios), level)
    if outside == 0:
        raise ValueError(f"{len(ratios)} pairs are too few")
    percent = [100 * math.expm1(value) for value in (statistics.median(ratios), ratios[outside - 1], ratios[-outside])]
    return (*percent, not percent[1] <= 0 <= percent[2] and abs(percent[0]) >= SMALLEST)


def row(name, here, other):
    difference, low, high, real = compare(here, other)
    verdict = "noise" if not real else f"more than noise: {'slower' if difference > 0 else 'faster'}"
    return (f"| {name} | {1000 * statistics.median(here):.2f} ms | {1000 * statistics.median(other):.2f} ms | "
            f"{difference:+.1f} % | {low:+.1f} to {high:+.1f} % | {len(here)} | {verdict} |")


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    times = {"a": [], "b": []}
    for file in sys.argv[2:]:
        with open(file, encoding="utf-8") as content:
            for result in json.load(content)["results"]:
                times[result["command"]].append(statistics.median(result["times"]))
    print(row(sys.argv[1], times["a"], times["b"]))


if __name__ == "__main__":
    main()
