"""What is said: the alert, updates, the headline, the ticket, and what still has to be sent."""
