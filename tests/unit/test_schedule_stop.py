from zhizao.schedule.stop import Stop


def test_a_search_without_limits_ends_when_its_bound_is_reached():
    course = Stop().begin()
    course.bound = 10.0
    course.better(11.0)
    assert not course.is_over(iterations=10**9)
    course.better(10.0)
    assert course.is_over()


def test_a_gap_that_is_good_enough_ends_a_search():
    course = Stop(gap=0.1).begin()
    course.bound = 90.0
    course.better(101.0)
    assert not course.is_over()
    course.better(100.0)
    assert course.is_over()


def test_no_seconds_at_all_end_a_search_at_once():
    course = Stop(seconds=0.0).begin()
    assert course.is_over()
    assert course.remaining_s == 0


def test_iterations_end_a_search():
    course = Stop(iterations=5).begin()
    assert not course.is_over(iterations=4)
    assert course.is_over(iterations=5)


def test_only_better_plans_are_noted_and_told():
    told = []
    course = Stop(on_progress=lambda seconds, objective: told.append((seconds, objective))).begin()
    for objective in (9.0, 9.0, 12.0, 3.0):
        course.better(objective)
    assert course.trajectory == told
    assert [objective for _, objective in told] == [9.0, 3.0]


def test_the_callback_can_end_a_search():
    course = Stop(on_progress=lambda _seconds, objective: objective < 5).begin()
    course.better(9.0)
    assert not course.is_over()
    course.better(4.0)
    assert course.is_over()
