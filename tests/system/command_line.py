"""The command line as a person calls it: in a process of its own, or here and much sooner."""

import io
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from unittest.mock import patch

from zhizao.cli import main

CALL = "from zhizao.cli import main; main()"
Done = subprocess.CompletedProcess[str]


def zhizao_alone(*arguments: object) -> Done:
    """Call the program in a process of its own, with all that it loads: seconds."""
    return subprocess.run(
        [sys.executable, "-c", CALL, *map(str, arguments)],
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip


def zhizao(*arguments: object) -> Done:
    """Call the same ``main`` in this process, where everything is loaded and compiled."""
    words = ["zhizao", *map(str, arguments)]
    code = 0
    with (
        redirect_stdout(io.StringIO()) as out,
        redirect_stderr(io.StringIO()) as err,
        patch.object(sys, "argv", words),
    ):
        try:
            main()
        except SystemExit as leaving:
            code = leaving.code if isinstance(leaving.code, int) else int(bool(leaving.code))
    return Done(words, code, out.getvalue(), err.getvalue())
