"""A person at the telephone page, over HTTP and WebSocket, with the SDK as the caller."""

import time
from urllib.parse import quote

import pytest
import requests
from azure.communication.callautomation import TextSource

from simulator.phones import IDLE, UNHEARD, Phone, Phones
from tests.simulator.handset import NUMBER, Handset


def sub_code(event):
    return event["data"]["resultInformation"]["subCode"]


def test_it_rings_and_shows_who_calls(handset, telephone, simulator):
    telephone.dial(NUMBER, source_display_name="Maple Street Clinic")
    ring = handset.wait_for("ring")
    assert ring["caller"] == simulator.caller_id
    assert ring["name"] == "Maple Street Clinic"
    phones = requests.get(simulator.url + "/control/phones", timeout=10).json()
    assert phones["phones"] == [{"number": NUMBER, "state": "ringing"}]
    assert NUMBER in phones["suggested"]


def test_it_lets_a_person_decline(handset, telephone, receiver, simulator):
    telephone.dial(NUMBER)
    handset.wait_for("ring")
    handset.do("decline")
    assert handset.wait_for("over")["ending"] == "declined"
    assert simulator.wait_idle(10)
    assert receiver.names() == ["CallDisconnected", "CreateCallFailed"]
    assert simulator.calls()[0]["persona"] == "human"


def test_it_stops_ringing_when_the_caller_gives_up(handset, telephone):
    call = telephone.dial(NUMBER)
    handset.wait_for("ring")
    telephone.client.get_call_connection(call.call_connection_id).hang_up(is_for_everyone=True)
    assert handset.wait_for("over")["ending"] == "cancelled_ringing"


def test_it_tells_what_is_said_and_asked(talking, handset):
    talking.ask_menu(play_prompt=TextSource(text="To confirm say confirm.", voice_name="v"))
    [prompt] = handset.wait_for("prompt")["prompts"]
    assert (prompt["text"], prompt["seconds"]) == ("To confirm say confirm.", pytest.approx(1.38))
    listen = handset.wait_for("listen")
    assert listen["input"] == "choices"
    assert listen["choices"][0] == {"label": "Confirm", "key": "1"}
    assert listen["after"] == pytest.approx(1.38)


def test_it_hears_what_a_person_says(talking, handset, receiver, simulator):
    talking.ask_right_party()
    handset.wait_for("listen")
    handset.do("say", text="Sí, soy yo", language="es")
    choice = receiver.wait_for("RecognizeCompleted")["data"]["choiceResult"]
    assert (choice["label"], choice["languageIdentified"]) == ("Yes", "es-MX")
    assert handset.wait_for("quiet")
    assert handset.wait_for("you")["heard_as"] == "Yes"
    assert simulator.ledger()["rings"][0]["persona"] == "human"


def test_it_knows_what_a_person_meant_in_the_end(talking, handset, receiver, simulator):
    words = ["yes", "cancel please", "yes"]
    for n, ask in enumerate(("right_party", "menu", "right_party"), 1):
        getattr(talking, f"ask_{ask}")()
        handset.wait_for("listen", n)
        handset.do("say", text=words[n - 1], language="en")
        receiver.wait_for("RecognizeCompleted", n)
    assert simulator.ledger()["rings"][0]["final_act"] == "cancelled"


def test_it_hears_the_keys_that_a_person_presses(talking, handset, receiver):
    talking.ask_keys(4)
    handset.wait_for("listen")
    for key in "047#":
        handset.do("press", key=key)
    completed = receiver.wait_for("RecognizeCompleted")
    assert sub_code(completed) == 8514
    assert completed["data"]["dtmfResult"]["tones"] == ["zero", "four", "seven"]


def test_it_does_not_understand_just_anything(talking, handset, receiver):
    talking.ask_menu()
    handset.wait_for("listen")
    handset.do("say", text="who is that?", language="en")
    assert sub_code(receiver.wait_for("RecognizeFailed")) == 8547
    talking.ask_menu()
    handset.wait_for("listen", 2)
    handset.do("press", key="7")
    assert sub_code(receiver.wait_for("RecognizeFailed", 2)) == 8534


def test_it_takes_a_person_for_silent_who_says_so(talking, handset, receiver):
    talking.ask_menu(initial_silence_timeout=20)
    handset.wait_for("listen")
    handset.do("silence")
    assert sub_code(receiver.wait_for("RecognizeFailed")) == 8510


def test_it_waits_no_longer_than_the_initial_silence(talking, handset, receiver):
    talking.ask_keys(1, prompt=None, initial_silence_timeout=1)
    handset.wait_for("listen")
    handset.do("say", text="hello?", language="en")
    assert sub_code(receiver.wait_for("RecognizeFailed")) == 8510


def test_it_makes_a_person_hear_a_prompt_out_that_may_not_be_interrupted(
    talking, handset, receiver
):
    talking.ask_menu(interrupt_prompt=False)
    handset.wait_for("listen")
    handset.do("press", key="1")
    assert receiver.wait_for("RecognizeCompleted")["data"]["choiceResult"]["label"] == "Confirm"


def test_it_does_not_hear_what_is_done_while_nobody_listens(talking, handset, receiver):
    handset.do("press", key="1")
    handset.do("say", text="confirm")
    handset.do("dance")
    assert "dance" in handset.wait_for("mistake")["text"]
    talking.ask_menu(initial_silence_timeout=0)
    assert sub_code(receiver.wait_for("RecognizeFailed")) == 8510


def test_it_lets_a_person_hang_up(talking, handset, receiver, simulator):
    talking.play("A long message that nobody wants to hear at all.")
    handset.wait_for("prompt")
    handset.do("hang_up")
    assert handset.wait_for("over")["ending"] == "patient_hung_up"
    assert simulator.wait_idle(10)
    assert receiver.names()[-2:] == ["PlayCanceled", "CallDisconnected"]


def test_it_tells_when_the_caller_hangs_up_or_hands_on(talking, handset, simulator):
    talking.transfer("+12125550199", simulator.caller_id)
    assert handset.wait_for("hold")["number"] == "+12125550199"
    assert handset.wait_for("over")["ending"] == "transferred"


def test_it_puts_the_receiver_down_when_the_page_goes_away(talking, handset, receiver, simulator):
    handset.go_away()
    receiver.wait_for("CallDisconnected")
    assert simulator.calls()[0]["ending"] == "patient_hung_up"
    assert requests.get(simulator.url + "/control/phones", timeout=10).json()["phones"] == []


def test_it_is_busy_while_it_talks(talking, telephone, receiver, simulator):
    telephone.dial(NUMBER)
    assert sub_code(receiver.wait_for("CreateCallFailed")) == 560486
    assert simulator.calls()[1]["persona"] == "human"


def test_it_runs_at_the_pace_of_people(talking, handset, receiver):
    talking.play("Twelve hundred milliseconds")
    before = time.monotonic()
    receiver.wait_for("PlayCompleted")
    assert time.monotonic() - before > 0.5  # at the speed of the line 0.006 s


def test_it_ends_the_call_on_reset_and_stays_claimed(talking, handset, simulator, telephone):
    simulator.reset()
    assert handset.wait_for("over")["ending"] == "reset"
    telephone.dial(NUMBER)
    handset.wait_for("ring", 2)


def test_it_gives_a_number_to_one_page_only(handset, simulator):
    one = f"{simulator.url}/control/phones/{quote(NUMBER)}"
    assert requests.post(one, timeout=10).status_code == 409
    assert requests.delete(one + "?claim=guessed", timeout=10).status_code == 404
    assert requests.get(one + "/line?claim=guessed", timeout=10).status_code == 404
    claim = handset.claim["claim"]
    assert requests.delete(one, params={"claim": claim}, timeout=10).status_code == 200
    assert handset.wait_for("released")
    again = requests.post(one, timeout=10)
    assert again.status_code == 201
    requests.delete(one, params={"claim": again.json()["claim"]}, timeout=10)


def test_it_gives_no_number_to_another_sites_page(simulator):
    one = f"{simulator.url}/control/phones/{quote(NUMBER)}"
    origin = {"Origin": "https://elsewhere.invalid"}
    assert requests.post(one, headers=origin, timeout=10).status_code == 403
    assert requests.post(one.replace("%2B", ""), timeout=10).status_code == 400


def test_it_gives_up_a_telephone_that_nobody_touches():
    phones = Phones()
    phone = phones.claim(NUMBER)
    assert isinstance(phone, Phone)
    assert phones.claim(NUMBER) is None
    phone.hear = print
    phone.touched -= IDLE - 1
    assert phones.at(NUMBER) is phone
    phone.touched -= 2
    assert phones.at(NUMBER) is None


def test_it_gives_up_a_claim_to_which_no_page_ever_came():
    phones = Phones()
    phones.claim(NUMBER).touched -= UNHEARD + 1
    assert phones.claim(NUMBER) is not None


def test_it_answers_as_the_persona_again_when_it_is_released(simulator, telephone, receiver):
    handset = Handset(simulator)
    handset.go_away()
    telephone.connect(NUMBER)
    assert simulator.calls()[0]["persona"] == "confirm_by_voice"


def test_it_serves_a_page_that_loads_nothing_from_elsewhere(simulator):
    page = requests.get(simulator.url + "/phone", timeout=10)
    assert page.headers["Content-Type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "://" not in page.text
    for name, kind in (("phone.css", "text/css"), ("phone.js", "text/javascript")):
        assert f"/phone/{name}" in page.text
        answer = requests.get(f"{simulator.url}/phone/{name}", timeout=10)
        assert answer.headers["Content-Type"].startswith(kind)
        assert "://" not in answer.text
    assert '<a href="/phone">' in requests.get(simulator.url + "/", timeout=10).text
