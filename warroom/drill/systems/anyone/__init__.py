"""What other people's clients ask of the systems beside Google's, beyond what warroom asks of them itself."""
