"""How many calls one number may place at once."""

import pytest
from azure.communication.callautomation import TextSource
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from simulator.testing import running

SILENT = "+12125550110"
NOBODY = "+12125550131"  # rings until it is given up


def test_it_never_rings_a_call_over_the_line_limit(unhurried, receiver):
    for number in (NOBODY, "+12125550231"):
        unhurried.dial(number)
    turned_away = unhurried.dial(SILENT)
    connection = unhurried.client.get_call_connection(turned_away.call_connection_id)
    with pytest.raises(HttpResponseError, match="not established"):
        connection.play_media(TextSource(text="Hello", voice_name="v"))
    receiver.wait_for("CreateCallFailed")
    assert "CallConnected" not in receiver.names()
    with pytest.raises(ResourceNotFoundError):
        connection.get_call_properties()


def test_it_turns_a_call_over_the_line_limit_away(unhurried, receiver):
    for number in (NOBODY, "+12125550231", "+12125550101"):
        unhurried.dial(number)
    failed = receiver.wait_for("CreateCallFailed")["data"]
    assert failed["resultInformation"]["code"] == 603
    assert failed["resultInformation"]["subCode"] == 560603
    endings = [call["ending"] for call in unhurried.simulator.calls()]
    assert endings == [None, None, "over_line_limit"]


def test_it_counts_lines_for_each_caller_id_and_frees_them(receiver, telephone_to):
    numbers = ["+15555550100", "+15555550101"]
    with running(speed=200, caller_ids=numbers, max_concurrent=1) as simulator:
        telephone = telephone_to(simulator)
        first = telephone.dial(NOBODY)
        telephone.dial("+12125550210", caller_id=numbers[1])
        receiver.wait_for("CallConnected")
        telephone.client.get_call_connection(first.call_connection_id).hang_up(True)
        telephone.dial("+12125550310")
        receiver.wait_for("CallConnected", 2)
        assert "CreateCallFailed" not in receiver.names()
