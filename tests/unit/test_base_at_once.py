"""Two things learnt at once."""

from threading import Event, current_thread

import pytest

from zhizao._base.side_by_side import at_once


def test_both_go_on_at_the_same_time() -> None:
    here, there = Event(), Event()

    def one() -> bool:
        here.set()
        return there.wait(10.0)

    def other() -> bool:
        there.set()
        return here.wait(10.0)

    assert at_once(one, other) == (True, True)


def test_the_first_is_done_in_the_thread_that_asks() -> None:
    first, second = at_once(current_thread, current_thread)
    assert first is current_thread()
    assert second is not first


def test_an_error_of_either_is_raised_when_both_have_ended() -> None:
    ended = []

    def fails() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        at_once(fails, lambda: ended.append("other"))
    with pytest.raises(ValueError, match="no"):
        at_once(lambda: ended.append("one"), fails)
    assert ended == ["other", "one"]
