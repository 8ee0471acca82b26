"""Commands about drills: exercises held, faults injected, what the embedded systems were sent."""
