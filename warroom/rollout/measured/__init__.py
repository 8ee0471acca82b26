"""What was measured, and the arithmetic on it: points, histograms, probes, windows of time. Pure."""
