"""The least that can stand at the callback address: verify, one statement, the next question.

A WSGI application on the same server, database and SDK as Ringwell. It knows no clinic, no
language and no outcome: whoever is called is asked the same question.
"""

import json
import os
import threading
from collections.abc import Callable, Iterable
from typing import Any
from urllib.request import urlopen

import jwt
import psycopg
import requests
from azure.communication.callautomation import (
    CallAutomationClient,
    PhoneNumberIdentifier,
    RecognitionChoice,
    RecognizeInputType,
    TextSource,
)
from azure.core.credentials import AzureKeyCredential
from azure.core.pipeline.transport import RequestsTransport
from psycopg.types.json import Jsonb
from requests.adapters import HTTPAdapter

STATEMENT = """
with event as (
  insert into floor_event (id, call, body) values (%s, %s, %s)
  on conflict do nothing returning call
)
update floor_call set step = step + 1
where id in (select call from event) returning connection, number
"""
CHOICES = [
    RecognitionChoice(label="Confirm", phrases=["confirm", "yes", "I will come"], tone="one"),
    RecognitionChoice(label="Cancel", phrases=["cancel", "no", "I cannot come"], tone="two"),
]
QUESTION = "Hello. This is a call from Maple Street Clinic. Is this Ana? Say yes or press 1."


def _keys() -> dict[str, Any]:
    with urlopen(os.environ["ACS_CALLBACK_OPENID_CONFIGURATION"], timeout=10) as answer:
        address = json.loads(answer.read())["jwks_uri"]
    with urlopen(address, timeout=10) as answer:
        return {key["kid"]: jwt.PyJWK(key).key for key in json.loads(answer.read())["keys"]}


def _client() -> CallAutomationClient:
    parts = dict(part.split("=", 1) for part in os.environ["ACS_CONNECTION_STRING"].split(";"))
    session = requests.Session()
    session.trust_env = False
    session.mount("http://", HTTPAdapter(pool_maxsize=64))
    transport = RequestsTransport(session=session, session_owner=False, use_env_settings=False)
    key = AzureKeyCredential(parts["accesskey"])
    return CallAutomationClient(parts["endpoint"], key, transport=transport, retry_total=0)


KEYS, CLIENT, LOCAL = _keys(), _client(), threading.local()


def _database() -> psycopg.Connection:
    if not hasattr(LOCAL, "connection"):
        url = os.environ["DATABASE_URL"]
        LOCAL.connection = psycopg.connect(url, autocommit=True, prepare_threshold=1)
    connection: psycopg.Connection = LOCAL.connection
    return connection


def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    """One delivery of one event."""
    if environ["REQUEST_METHOD"] == "GET":
        start("200 OK", [])
        return [b"ok"]
    token = environ["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    jwt.decode(
        token,
        KEYS[jwt.get_unverified_header(token)["kid"]],
        algorithms=["RS256"],
        audience=os.environ["ACS_RESOURCE_ID"],
        issuer=os.environ["ACS_CALLBACK_ISSUER"],
    )
    (event,) = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    call = environ["PATH_INFO"].split("/")[-2]
    row = _database().execute(STATEMENT, (event["id"], call, Jsonb(event))).fetchone()
    if row is not None:
        _ask(*row)
    start("200 OK", [])
    return []


def _ask(connection: str, number: str) -> None:
    CLIENT.get_call_connection(connection).start_recognizing_media(
        RecognizeInputType.CHOICES,
        PhoneNumberIdentifier(number),
        play_prompt=TextSource(text=QUESTION, voice_name="en-US-AvaNeural"),
        choices=CHOICES,
        speech_language="en-US",
        interrupt_prompt=True,
        initial_silence_timeout=10,
        operation_context="1",
    )
