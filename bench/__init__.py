"""Side-by-side measurements: `python -m bench NAME` prints one JSON line with a ratio of two things measured in one run."""
