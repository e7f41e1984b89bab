"""A simulator, the unmodified SDK as its client, and a receiver of its callbacks."""

from __future__ import annotations

import io
import json
import threading
import time
import wave
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from azure.communication.callautomation import (
    CallAutomationClient,
    PhoneNumberIdentifier,
    RecognitionChoice,
    TextSource,
)
from azure.core.credentials import AzureKeyCredential

from simulator.testing import running
from tests.simulator.handset import NUMBER, Handset

PREFIX = "Microsoft.Communication."
#: Real seconds that a test waits for something before it fails; nothing is asserted about time.
PATIENCE = 10
RIGHT_PARTY = [
    ("Yes", ["yes", "sí"], "one"),
    ("No", ["no"], "two"),
    ("Stop", ["stop calling"], "nine"),
    ("Repeat", ["repeat"], "asterisk"),
]
MENU = [
    ("Confirm", ["confirm", "confirmo"], "one"),
    ("Cancel", ["cancel", "cancelar"], "two"),
    ("Repeat", ["repeat"], "asterisk"),
    ("Stop", ["stop calling"], "nine"),
]


class Receiver:
    """Takes callbacks on loopback and keeps them with their headers."""

    def __init__(self, port=0):
        self.received = []
        #: Bodies that were no JSON.
        self.garbled = []
        self.statuses = []
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )
        self._thread.start()
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}/callback"

    def answer_with(self, *statuses):
        """Answer the next POSTs with these statuses, then 200 again."""
        self.statuses = list(statuses)

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    @property
    def events(self):
        return [event for _, _, events in list(self.received) for event in events]

    def call_id(self):
        return self.events[0]["data"]["callConnectionId"]

    def names(self):
        return [event["type"].removeprefix(PREFIX) for event in self.events]

    def wait_for_any(self, names, count):
        """Wait until so many events of these types have come."""
        deadline = time.monotonic() + PATIENCE
        while sum(name in names for name in self.names()) < count:
            assert time.monotonic() < deadline, self.names()
            time.sleep(0.005)

    def wait_for(self, name, count=1):
        """The count-th event of a type, once it has come."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            found = [event for event in self.events if event["type"] == PREFIX + name]
            if len(found) >= count:
                return found[count - 1]
            time.sleep(0.005)
        raise AssertionError(f"No {name} among {self.names()}")

    def take(self, path, headers, body):
        """Keep a callback; the status to answer with."""
        try:
            self.received.append((path, dict(headers), json.loads(body)))
        except ValueError:
            self.garbled.append(body)
            return 400
        return self.statuses.pop(0) if self.statuses else 200

    def _handler(receiver):
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(receiver.take(self.path, self.headers, body))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args):
                pass

        return Handler


class Telephone:
    """What a product does with the SDK, in the few words that the tests need."""

    def __init__(self, simulator, receiver):
        self.simulator = simulator
        self.receiver = receiver
        self.client = self.client_with()

    def client_with(self, key=None, **options):
        own = self.simulator.connection_string.partition("accesskey=")[2]
        credential = AzureKeyCredential(own if key is None else key)
        options.setdefault("retry_total", 0)
        return CallAutomationClient(self.simulator.url, credential, **options)

    def dial(self, number, client=None, **options):
        options.setdefault("callback_url", self.receiver.url)
        options.setdefault("cognitive_services_endpoint", "https://ai.invalid/")
        caller_id = options.pop("caller_id", self.simulator.caller_id)
        return (client or self.client).create_call(
            PhoneNumberIdentifier(number),
            source_caller_id_number=None if caller_id is None else PhoneNumberIdentifier(caller_id),
            **options,
        )

    def connect(self, number, client=None, **options):
        """Dial, and wait until somebody has answered."""
        return self.connection(self.dial(number, client, **options), number, client)

    def connection(self, call, number, client=None):
        self.receiver.wait_for("CallConnected")
        return self.conversation(call, number, client)

    def conversation(self, call, number, client=None):
        """What can be tried on a call, answered or not."""
        connection = (client or self.client).get_call_connection(call.call_connection_id)
        return Conversation(connection, number, call.call_connection_id)


class Conversation:
    """One answered call."""

    def __init__(self, connection, number, call_connection_id):
        self.connection = connection
        self.id = call_connection_id
        self.target = PhoneNumberIdentifier(number)

    def ask(self, choices, **options):
        options.setdefault("play_prompt", TextSource(text="A question?", voice_name="a-voice"))
        options.setdefault("speech_language", ["en-US", "es-MX"])
        options.setdefault("interrupt_prompt", True)
        self.connection.start_recognizing_media(
            "choices",
            self.target,
            choices=[
                RecognitionChoice(label=label, phrases=phrases, tone=tone)
                for label, phrases, tone in choices
            ],
            **options,
        )

    def listen(self, kind, prompt="A question?", **options):
        """Ask for keys or free words; no prompt where it is None."""
        if prompt is not None:
            options.setdefault("play_prompt", TextSource(text=prompt, voice_name="a-voice"))
        if kind != "dtmf":
            options.setdefault("speech_language", ["en-US", "es-MX"])
        options.setdefault("interrupt_prompt", True)
        self.connection.start_recognizing_media(kind, self.target, **options)

    def ask_keys(self, most=4, stops=("pound",), **options):
        self.listen(
            "dtmf",
            dtmf_max_tones_to_collect=most,
            dtmf_inter_tone_timeout=2,
            dtmf_stop_tones=list(stops),
            **options,
        )

    def transfer(self, number, caller_id, **options):
        return self.connection.transfer_call_to_participant(
            PhoneNumberIdentifier(number),
            source_caller_id_number=PhoneNumberIdentifier(caller_id),
            **options,
        )

    def ask_right_party(self, **options):
        self.ask(RIGHT_PARTY, **options)

    def ask_menu(self, **options):
        self.ask(MENU, **options)

    def play(self, text, **options):
        self.connection.play_media(TextSource(text=text, voice_name="a-voice"), **options)

    def hang_up(self):
        self.connection.hang_up(is_for_everyone=True)


class Recorder:
    """Serves recorded prompts on loopback, and counts how often each was fetched."""

    def __init__(self):
        self.files = {}
        self.fetched = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )
        self._thread.start()

    def put(self, name, body):
        """A file; its address."""
        self.files[f"/{name}"] = body
        return f"http://127.0.0.1:{self._server.server_port}/{name}"

    def put_wav(self, name, seconds, *, rate=16_000, channels=1, width=2):
        return self.put(name, wav(seconds, rate=rate, channels=channels, width=width))

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def _handler(recorder):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                recorder.fetched.append(self.path)
                body = recorder.files.get(self.path)
                self.send_response(404 if body is None else 200)
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *args):
                pass

        return Handler


def wav(seconds, *, rate=16_000, channels=1, width=2):
    """Silence as a WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as recording:
        recording.setnchannels(channels)
        recording.setsampwidth(width)
        recording.setframerate(rate)
        recording.writeframes(bytes(round(seconds * rate) * channels * width))
    return file.getvalue()


@pytest.fixture
def recorder():
    recorder = Recorder()
    yield recorder
    recorder.close()


@pytest.fixture(scope="session")
def _shared_simulator():
    with running(speed=200) as simulator:
        yield simulator


@pytest.fixture
def simulator(_shared_simulator):
    _shared_simulator.reset()
    yield _shared_simulator
    _shared_simulator.reset()


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture(scope="session")
def _unhurried_simulator():
    with running(speed=10) as simulator:
        yield simulator


@pytest.fixture
def unhurried(_unhurried_simulator, receiver):
    """A telephone on a simulator slow enough to be interrupted: 20 s of silence last 2 s."""
    _unhurried_simulator.reset()
    yield Telephone(_unhurried_simulator, receiver)
    _unhurried_simulator.reset()


@pytest.fixture
def telephone(simulator, receiver):
    return Telephone(simulator, receiver)


@pytest.fixture
def telephone_to(receiver):
    """A telephone on a simulator with options of its own: ``telephone_to(simulator)``."""
    return lambda simulator: Telephone(simulator, receiver)


@pytest.fixture
def handset(simulator):
    handset = Handset(simulator)
    yield handset
    handset.go_away()


@pytest.fixture
def talking(handset, telephone, receiver):
    """A call that the person has answered."""
    call = telephone.dial(NUMBER, source_display_name="Maple Street Clinic")
    handset.answer()
    return telephone.connection(call, NUMBER)
