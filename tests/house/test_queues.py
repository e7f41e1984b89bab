"""Each worker of the one process works on its own queue, and on no other."""

from celery import Celery

from config.celery import app, make_app
from config.management.commands.serve import SIDE_QUEUES, _side_worker


def queues(one: Celery) -> set[str]:
    return set(one.amqp.queues.consume_from)


def test_calls_are_dialled_beside_the_other_queues() -> None:
    workers = {queue: _side_worker(queue, threads) for queue, threads in SIDE_QUEUES.items()}
    assert {queue: queues(worker.app) for queue, worker in workers.items()} == {
        "speech": {"speech"},
        "bulk": {"bulk"},
        "webhooks": {"webhooks"},
    }
    assert queues(app) == {"calls"}


def test_long_files_are_routed_to_a_queue_of_their_own() -> None:
    bulk = make_app("another", current=False)
    routed = bulk.amqp.router.route({}, "reminders.work_imports")["queue"].name
    assert routed == "bulk"
    assert "reminders.work_imports" in bulk.tasks


def test_what_waits_for_the_speech_service_is_routed_to_its_queue() -> None:
    speech = make_app("another", current=False)
    routed = speech.amqp.router.route({}, "calls.try_phrases")["queue"].name
    assert routed == "speech"
    assert speech.amqp.router.route({}, "calls.look")["queue"].name == "calls"
    assert {"calls.try_phrases", "calls.look"} <= set(speech.tasks)
