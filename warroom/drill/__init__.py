"""The embedded cloud of a drill: scenarios, the simulated world behind them, and Google's wire protocols in front."""
