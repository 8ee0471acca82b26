"""Benchmarks: `make bench`. Ratios against a floor measured in the same run; never part of the tests."""
