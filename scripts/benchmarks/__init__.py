"""Measurements behind the numbers that the documentation gives. `scripts/bench` runs them."""
