"""What validation looks at, beside the work and when somebody asks."""
