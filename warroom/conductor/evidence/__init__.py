"""What is measured: sources, samples, baselines, verdicts."""
