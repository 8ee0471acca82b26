"""What is wrong with a configuration: its shape, its values, what contradicts itself, who may write it."""
