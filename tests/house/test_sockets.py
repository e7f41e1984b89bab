"""No test reaches another machine: the guard in conftest.py lets loopback through alone."""

import socket

import pytest

ELSEWHERE = "192.0.2.1"  # TEST-NET-1, which belongs to no one


def test_a_connection_to_another_machine_is_refused() -> None:
    with socket.socket() as outside, pytest.raises(RuntimeError, match="loopback"):
        outside.connect((ELSEWHERE, 443))


def test_so_is_one_that_reports_errors_as_numbers() -> None:
    with socket.socket() as outside, pytest.raises(RuntimeError, match="loopback"):
        outside.connect_ex((ELSEWHERE, 443))


def test_loopback_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=2).close()
