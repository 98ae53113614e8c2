"""Faults of every kind in small measure: what holds whatever the machine is, see scenes.py; `make faults` judges
the goals that are times, and plays the scenes whose like stand in test_backends.py and test_ground_process.py."""
import pytest

from stage import Stage
import scenes


@pytest.fixture(scope="module")
def stage():
    with Stage(lots=200) as stage:
        yield stage


def judged(rows):
    """Counts of what must not be are goals here, too; times are not."""
    wrong = [r for r in rows if r.goal == "0" and not r.met]
    assert not wrong, wrong
    print(*(f"{r.what}: {r.measured}" for r in rows), sep="\n")


@pytest.mark.parametrize("how", [scenes.hung, scenes.out_of_connections], ids=lambda h: h.__name__)
def test_while_postgresql_is_away_kept_pages_are_shown_and_no_code_is_denied(stage, how):
    judged(scenes.postgresql_away(stage, how, 1, 200))


def test_a_slow_postgresql_is_waited_for(stage):
    judged(scenes.postgresql_slow(stage, 0.05, 300))


def test_answers_of_postgresql_torn_anywhere_deny_no_code(stage):
    judged(scenes.postgresql_torn(stage, 1000))


def test_a_redis_that_lies_in_two_hundred_ways_changes_no_answer(stage):
    judged(scenes.redis_lies(stage, 5000, 1250, (2, 5)))


def test_with_a_hung_redis_every_code_is_answered(stage):
    judged(scenes.redis_away(stage, scenes.redis_hung, 1))


def test_hides_and_recalls_reach_two_nodes_without_redis(stage):
    judged(scenes.changes(stage, 4))


def test_new_connections_do_not_wait_for_a_frozen_worker(stage):
    judged(scenes.frozen_worker(stage, 1))


def test_a_deploy_under_load_fails_no_request(stage):
    judged(scenes.deploys(stage, 2, 1))


def test_slow_clients_take_nothing_from_the_others(stage):
    judged(scenes.slow_clients(stage, 300, 1, 50))


def test_more_requests_than_can_be_served_do_no_harm(stage):
    judged(scenes.too_many(stage, 1))
