"""What a drill plays: scenarios, their faults and their people."""
