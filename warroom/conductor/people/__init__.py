"""Who is called: roles, paging, answers to pages, escalation."""
