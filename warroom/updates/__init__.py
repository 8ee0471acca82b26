"""What is said to stakeholders: wording, whether it is true, and what exactly goes where. Pure; it sends nothing."""
