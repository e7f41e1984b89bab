"""What `./dev test --all` promises a test that is marked "servers"."""

import os
from urllib.parse import urlsplit

import kombu
import psycopg
import pytest
from django.db import connection

pytestmark = pytest.mark.servers


@pytest.mark.parametrize("name", ["RABBITMQ", "REDIS"])
def test_a_message_goes_through_each_broker(name: str) -> None:
    with kombu.Connection(os.environ[f"RINGWELL_TEST_{name}_URL"], connect_timeout=3) as broker:
        queue = broker.SimpleQueue("ringwell_test_of_the_broker")
        queue.put("hello")
        message = queue.get(timeout=10)
        assert message.payload == "hello"
        message.ack()
        queue.queue.delete()


def test_processes_have_a_database_that_is_not_the_tests_own(db: None) -> None:
    url = os.environ["RINGWELL_TEST_PROCESS_DATABASE_URL"]
    with psycopg.connect(url) as other, connection.cursor() as ours:
        ours.execute("SELECT current_database(), version()")
        assert ours.fetchone() != other.execute("SELECT current_database(), version()").fetchone()
        assert other.info.encoding == "utf-8"
        assert urlsplit(url).path == f"/{other.info.dbname}"
