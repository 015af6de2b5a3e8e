"""Pieces of work side by side in several processes of one computer, and in one where that is better.

Learning a plant is Python for the most part, so threads would wait for each other. Whoever asks
works too: the others are started fresh (as on every system) and need a second or two to load
what they need, in which the first pieces are already being done. A piece is a function of a module
with what it is given, so it gives the same wherever it is done. One that fails elsewhere is done
again here: the error is then raised where it can be read, and where a process cannot be started
or dies nothing is lost but time.
"""

import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from threading import Condition, Thread, current_thread, main_thread
from typing import Any, Generic, TypeVar

from zhizao._base.memory import few_collections

R = TypeVar("R")

_LOOK_S = 0.2
"""So often whoever waits looks up, so that Ctrl-C is heard on every system."""

_LEAVE_S = 5.0


def cores_here() -> int:
    """Return how many cores this process may use.

    Examples
    --------
    >>> cores_here() >= 1
    True
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(eq=False)
class Piece(Generic[R]):
    """A function with what it is given beside what all share, and its result once it is done."""

    function: Callable[..., R]
    given: Sequence[Any]
    is_done: bool = False
    found: R | None = None

    def do(self, shared: object) -> R:
        """Return the result."""
        return self.function(shared, *self.given)


@dataclass(eq=False)
class SideBySide:
    """Pieces that wait to be done, and those who do them.

    ``shared`` is given to every piece first and sent to every process once.
    """

    shared: object
    on_done: Callable[[int], None]
    n_done: int = 0
    _waiting: deque[Piece[Any]] = field(default_factory=deque)
    _changed: Condition = field(default_factory=Condition)
    _is_over: bool = False

    def put(self, function: Callable[..., R], *given: Any) -> Piece[R]:
        """Put a piece behind those that wait."""
        piece: Piece[R] = Piece(function, given)
        with self._changed:
            self._waiting.append(piece)
            self._changed.notify_all()
        return piece

    def result(self, piece: Piece[R]) -> R:
        """Return the result of a piece; until it is there, do what waits here as well."""
        while not piece.is_done:
            with self._changed:
                mine = self._waiting.popleft() if self._waiting else None
                if mine is None and not piece.is_done:
                    self._changed.wait(_LOOK_S)
            if mine is not None:
                self._done(mine, mine.do(self.shared))
            self.on_done(self.n_done)
        return piece.found  # type: ignore[return-value]

    def end(self) -> None:
        """Let those who wait for pieces go."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

    def serve(self, there: Connection) -> None:
        """Give one process piece after piece, until there are no more or it is gone."""
        piece = None
        try:
            there.send(self.shared)
            while (piece := self._next()) is not None:
                there.send((piece.function, piece.given))
                is_found, found = there.recv()
                if not is_found:
                    break
                self._done(piece, found)
        except (EOFError, OSError):
            pass
        finally:
            if piece is not None and not piece.is_done:
                with self._changed:
                    self._waiting.appendleft(piece)
                    self._changed.notify_all()
            there.close()

    def _next(self) -> Piece[Any] | None:
        with self._changed:
            while not self._waiting and not self._is_over:
                self._changed.wait()
            return None if self._is_over else self._waiting.popleft()

    def _done(self, piece: Piece[R], found: R) -> None:
        with self._changed:
            piece.found, piece.is_done = found, True
            self.n_done += 1
            self._changed.notify_all()


@contextmanager
def in_processes(
    shared: object, *, n_processes: int, on_done: Callable[[int], None]
) -> Iterator[SideBySide]:
    """Do pieces in so many processes, this one among them; all others end with the block.

    Parameters
    ----------
    shared
        What every piece is given first.
    n_processes
        At most so many, and no more than there are cores.
    on_done
        Called here with the number of pieces that are done.

    Examples
    --------
    >>> with in_processes(100, n_processes=1, on_done=lambda n: None) as room:
    ...     pieces = [room.put(pow, k) for k in (1, 2)]
    ...     [room.result(piece) for piece in pieces]
    [100, 10000]
    """
    room = SideBySide(shared, on_done)
    others = [
        other
        for _ in range(min(n_processes, cores_here()) - 1)
        if (other := _started()) is not None
    ]
    threads = [
        Thread(target=room.serve, args=(connection,), daemon=True) for _, connection in others
    ]
    for thread in threads:
        thread.start()
    try:
        yield room
    finally:
        # Whether all is done or somebody broke off: nobody is needed any more.
        room.end()
        for process, _ in others:
            process.terminate()
        for process, _ in others:
            process.join(_LEAVE_S)
        for thread in threads:
            thread.join(_LEAVE_S)


def _started() -> tuple[SpawnProcess, Connection] | None:
    """Return a fresh process and the way to it; None where none can be started."""
    here, there = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=work, args=(there,), daemon=True)
    # A process that is itself a helper may have none (AssertionError).
    try:
        with _deaf():
            process.start()
    except (OSError, AssertionError, RuntimeError):
        here.close()
        return None
    finally:
        there.close()
    return process, here


@contextmanager
def _deaf() -> Iterator[None]:
    """Let a process that starts not hear Ctrl-C: it takes this over from the one that starts it."""
    before = signal.getsignal(signal.SIGINT)
    if current_thread() is not main_thread() or before is None:
        yield
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def work(there: Connection) -> None:
    """Do the pieces that come, until no more come: what the other processes run."""
    # Ctrl-C reaches every process of a terminal; the one that asked ends this one. On Windows
    # a process that starts hears it all the same.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(EOFError, OSError), few_collections():
        shared = there.recv()
        while True:
            function, given = there.recv()
            there.send(_tried(Piece(function, given), shared))


def _tried(piece: Piece[R], shared: object) -> tuple[bool, R | None]:
    """Return whether a piece could be done, and what was found."""
    try:
        return True, piece.do(shared)
    except Exception:  # noqa: BLE001 - done again by whoever asked, who raises it
        return False, None
