"""The texts by step, in the order of a call, under names that staff understand."""

from dataclasses import dataclass

from calls.conversation.vocabulary import Label


@dataclass(frozen=True)
class Group:
    """One step of the conversation: its texts, and what is understood there."""

    slug: str
    title: str
    about: str
    texts: tuple[str, ...]
    #: The group of phrases that belongs to it; empty for none.
    phrases: str = ""


GROUPS = (
    Group(
        "opening",
        "Opening",
        "Whoever picks up hears this first: an automated call, the clinic, its number, and how to "
        "stop the calls, in this order. The phrases are understood at every question.",
        ("opening", "stopped"),
        "any",
    ),
    Group(
        "who",
        "Who is there?",
        "Nothing of the visit is said before the right person has answered.",
        (
            "right_party",
            "right_party_plainer",
            "right_party_keys",
            "identity_birthday",
            "identity_pin",
            "identity_wrong",
            "unverified",
            "wrong_person",
            "condolence",
        ),
        "right_party",
    ),
    Group(
        "menu",
        "Menu",
        "The visit, and what can be done about it.",
        (
            "menu",
            "menu_plainer",
            "menu_keys",
            "offer_repeat",
            "confirmed",
            "noted_confirmed",
        ),
        "menu",
    ),
    Group(
        "cancel",
        "Cancel",
        "A cancellation counts after it was read back and agreed to.",
        (
            "read_back",
            "read_back_plainer",
            "read_back_keys",
            "cancelled",
            "noted_cancelled",
            "reason",
            "review",
        ),
        "read_back",
    ),
    Group(
        "other-time",
        "Another time",
        "The wish goes to the work list; the visit stays until then.",
        ("offer_reschedule", "preference", "reschedule_requested", "noted_reschedule"),
    ),
    Group(
        "staff",
        "Staff",
        "Connected in opening hours where a transfer number is set, else a call back.",
        ("offer_staff", "staff_connecting", "staff_later", "transfer_failed"),
    ),
    Group(
        "needs",
        "Needs",
        "Asked after a confirmation where the clinic has switched it on.",
        ("needs", "needs_plainer", "needs_keys", "noted_need", "need_told"),
        "needs",
    ),
    Group(
        "voicemail",
        "Voicemail and machines",
        "The minimal message, and what a call screener is told.",
        ("voicemail", "screener"),
    ),
    Group(
        "goodbye",
        "Goodbye",
        "Ends that belong to no answer.",
        ("goodbye", "thanks", "changed"),
    ),
    Group(
        "fallbacks",
        "Recorded fallbacks",
        "Played where Azure's speech service fails. Record them: they need no voice then.",
        (
            "fallback_right_party",
            "fallback_menu",
            "fallback_read_back",
            "fallback_closing",
        ),
    ),
)

TITLES = {
    "opening": "Opening",
    "stopped": "No more calls, as they asked",
    "right_party": "Is this the patient?",
    "right_party_plainer": "The same, plainer",
    "right_party_keys": "The same, by keys alone",
    "identity_birthday": "Key in your birthday",
    "identity_pin": "Key in your PIN",
    "identity_wrong": "Wrong digits",
    "unverified": "Three times wrong",
    "wrong_person": "Somebody else answered",
    "condolence": "The patient has died",
    "menu": "The visit and its question",
    "menu_plainer": "The same, plainer",
    "menu_keys": "The same, by keys alone",
    "offer_repeat": "Offer: hear it again",
    "confirmed": "Confirmed, goodbye",
    "noted_confirmed": "Confirmed, and on to the next visit",
    "read_back": "Really cancel?",
    "read_back_plainer": "The same, plainer",
    "read_back_keys": "The same, by keys alone",
    "cancelled": "Cancelled, goodbye",
    "noted_cancelled": "Cancelled, and on to the next visit",
    "reason": "Why?",
    "review": "Left open: staff will look",
    "offer_reschedule": "Offer: another time",
    "preference": "Which other time?",
    "reschedule_requested": "Staff will call about another time, goodbye",
    "noted_reschedule": "The same, and on to the next visit",
    "offer_staff": "Offer: our staff",
    "staff_connecting": "Connecting",
    "staff_later": "Staff will call back",
    "transfer_failed": "Nobody took the call",
    "needs": "Anything we should know?",
    "needs_plainer": "The same, plainer",
    "needs_keys": "The same, by keys alone",
    "noted_need": "Noted, and on to the next visit",
    "need_told": "Noted, goodbye",
    "voicemail": "Message on a voicemail",
    "screener": "To a call screener",
    "goodbye": "Goodbye without an answer",
    "thanks": "Thank you, goodbye",
    "changed": "The visit has just changed",
    "fallback_right_party": "Is this the patient?",
    "fallback_menu": "The visit and its question",
    "fallback_read_back": "Really cancel?",
    "fallback_closing": "Goodbye",
}

#: What phrases of a label do, in the words of the page.
MEANINGS = {
    Label.CONFIRM: "Confirms the visit",
    Label.CANCEL: "Cancels the visit, after the read-back",
    Label.RESCHEDULE: "Wants another time",
    Label.STAFF: "Wants a person",
    Label.REPEAT: "Says it again",
    Label.STOP: "Stops all calls",
    Label.DECEASED: "The patient has died",
    Label.YES: "Yes",
    Label.NO: "No",
    Label.INTERPRETER: "Needs an interpreter",
    Label.WHEELCHAIR: "Needs a wheelchair",
    Label.RIDE: "Needs a ride",
    Label.LATE: "Is running late",
    Label.NOTHING: "Needs nothing",
}


def title_of(key: str) -> str:
    """The name of a text, or of the phrases of ``step.Label``, on the page."""
    step, _, label = key.partition(".")
    if label:
        group = next((group.title for group in GROUPS if group.phrases == step), step)
        return f"{group}: {MEANINGS.get(Label(label), label).lower()}"
    group = next((group.title for group in GROUPS if key in group.texts), "")
    title = TITLES.get(key, key.replace("_", " ").capitalize())
    return title if title == group or not group else f"{group}: {title}"
