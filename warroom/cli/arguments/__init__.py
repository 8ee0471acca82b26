"""What the commands' arguments may be, how they are completed, and the options that several share."""
