"""Queues, interruptions and prompts of every kind, through the unmodified SDK."""

from azure.communication.callautomation import FileSource, SsmlSource, TextSource

NUMBER = "+12125550110"  # somebody who answers and stays silent


def test_it_queues_an_operation_behind_the_running_one(telephone, receiver):
    conversation = telephone.connect(NUMBER)
    conversation.play("The first of two messages.", operation_context="first")
    conversation.play("The second.", operation_context="second")
    receiver.wait_for("PlayCompleted", 2)
    played = [e["data"]["operationContext"] for e in receiver.events if "Play" in e["type"]]
    assert played == ["first", "first", "second", "second"]


def test_it_lets_an_operation_interrupt_the_others(unhurried, receiver):
    conversation = unhurried.connect(NUMBER)
    conversation.ask_right_party(initial_silence_timeout=20, operation_context="asked")
    conversation.play("Waiting behind it.", operation_context="queued")
    receiver.wait_for("PlayStarted")
    conversation.play("Now.", operation_context="now", interrupt_call_media_operation=True)
    receiver.wait_for("PlayCompleted")
    assert receiver.wait_for("RecognizeCanceled")["data"]["operationContext"] == "asked"
    assert receiver.wait_for("PlayCanceled")["data"]["operationContext"] == "queued"
    assert receiver.wait_for("PlayCompleted")["data"]["operationContext"] == "now"


def test_it_cancels_all_media_on_request(telephone, receiver):
    conversation = telephone.connect(NUMBER)
    conversation.play("Again and again.", loop=True)
    receiver.wait_for("PlayStarted")
    conversation.connection.cancel_all_media_operations()
    cancelled = receiver.wait_for("PlayCanceled")["data"]["resultInformation"]
    assert (cancelled["code"], cancelled["subCode"]) == (400, 8508)


def test_it_cancels_what_runs_before_it_says_goodbye(unhurried, receiver):
    conversation = unhurried.connect(NUMBER)
    conversation.ask_right_party(initial_silence_timeout=20)
    receiver.wait_for("PlayStarted")
    conversation.hang_up()
    assert unhurried.simulator.wait_idle(10)
    assert receiver.names()[-2:] == ["RecognizeCanceled", "CallDisconnected"]


def test_it_speaks_lists_ssml_and_recordings(telephone, receiver, simulator):
    conversation = telephone.connect(NUMBER)
    conversation.connection.play_media(
        [
            TextSource(text="Good morning.", voice_name="a-voice"),
            SsmlSource(ssml_text="<speak>At <break time='1s'/>ten &amp; sharp</speak>"),
            FileSource("https://clinic.invalid/a.wav"),
        ]
    )
    receiver.wait_for("PlayCompleted")
    spoken = [line["text"] for line in simulator.call(conversation.id)["transcript"]]
    assert spoken == [
        "Good morning.",
        "At ten & sharp",
        "[recording https://clinic.invalid/a.wav]",
    ]
    assert receiver.names().count("PlayStarted") == 1


def test_it_sends_an_actions_events_to_the_address_it_names(telephone, receiver):
    conversation = telephone.connect(NUMBER)
    conversation.play("Elsewhere.", operation_callback_url=receiver.url + "/other")
    receiver.wait_for("PlayCompleted")
    paths = [path for path, _, events in receiver.received if "Play" in events[0]["type"]]
    assert paths == ["/callback/other"] * 2
