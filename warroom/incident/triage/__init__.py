"""Severity and decision, as events tell them."""
