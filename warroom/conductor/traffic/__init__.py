"""What moves traffic: plans, changes and their outcomes, drift, staging, roll back of everything."""
