"""The command line: parse, call the public function, print.

Exit codes: 0 done; 1 a run that could not go on; 2 something given is wrong;
130 stopped by the user.
"""

from zhizao.cli._app import main

__all__ = ["main"]
