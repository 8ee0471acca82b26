"""The embedded Cloud Monitoring: time series out of the simulated world."""
