"""What should happen: the written protocol as typed data, loaded from TOML and checked."""
