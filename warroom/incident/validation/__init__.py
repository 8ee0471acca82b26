"""What was looked at to validate a hotfix: smoke tests, staging's numbers, open alerts; and what it shows."""
