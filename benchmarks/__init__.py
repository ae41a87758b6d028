"""Speed and memory of rnnlib, as ratios measured in one run: `make bench`."""
