"""Why completions on the Levy log are predicted as well as they are, and no better."""
