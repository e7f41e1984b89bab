"""The texts by step, in the order of a call, under names that staff understand."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy

from calls.conversation.vocabulary import Label


@dataclass(frozen=True)
class Group:
    """One step of the conversation: its texts, and what is understood there."""

    slug: str
    title: Any
    about: Any
    texts: tuple[str, ...]
    #: The group of phrases that belongs to it; empty for none.
    phrases: str = ""


GROUPS = (
    Group(
        "opening",
        gettext_lazy("Opening"),
        gettext_lazy(
            "Whoever picks up hears this first: an automated call, the clinic, its number, and how "
            "to stop the calls, in this order. The phrases are understood at every question."
        ),
        ("opening", "stopped"),
        "any",
    ),
    Group(
        "who",
        gettext_lazy("Who is there?"),
        gettext_lazy("Nothing of the visit is said before the right person has answered."),
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
        gettext_lazy("Menu"),
        gettext_lazy("The visit, and what can be done about it."),
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
        gettext_lazy("Cancel"),
        gettext_lazy("A cancellation counts after it was read back and agreed to."),
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
        gettext_lazy("Another time"),
        gettext_lazy("The wish goes to the work list; the visit stays until then."),
        ("offer_reschedule", "preference", "reschedule_requested", "noted_reschedule"),
    ),
    Group(
        "staff",
        gettext_lazy("Staff"),
        gettext_lazy(
            "Connected in opening hours where a transfer number is set, else a call back."
        ),
        ("offer_staff", "staff_connecting", "staff_later", "transfer_failed"),
    ),
    Group(
        "needs",
        gettext_lazy("Needs"),
        gettext_lazy("Asked after a confirmation where the clinic has switched it on."),
        ("needs", "needs_plainer", "needs_keys", "noted_need", "need_told"),
        "needs",
    ),
    Group(
        "voicemail",
        gettext_lazy("Voicemail and machines"),
        gettext_lazy("The minimal message, and what a call screener is told."),
        ("voicemail", "screener"),
    ),
    Group(
        "goodbye",
        gettext_lazy("Goodbye"),
        gettext_lazy("Ends that belong to no answer."),
        ("goodbye", "thanks", "changed"),
    ),
    Group(
        "fallbacks",
        gettext_lazy("Recorded fallbacks"),
        gettext_lazy(
            "Played where Azure's speech service fails. Record them: they need no voice then."
        ),
        (
            "fallback_right_party",
            "fallback_menu",
            "fallback_read_back",
            "fallback_closing",
        ),
    ),
)

TITLES = {
    "opening": gettext_lazy("Opening"),
    "stopped": gettext_lazy("No more calls, as they asked"),
    "right_party": gettext_lazy("Is this the patient?"),
    "right_party_plainer": gettext_lazy("The same, plainer"),
    "right_party_keys": gettext_lazy("The same, by keys alone"),
    "identity_birthday": gettext_lazy("Key in your birthday"),
    "identity_pin": gettext_lazy("Key in your PIN"),
    "identity_wrong": gettext_lazy("Wrong digits"),
    "unverified": gettext_lazy("Three times wrong"),
    "wrong_person": gettext_lazy("Somebody else answered"),
    "condolence": gettext_lazy("The patient has died"),
    "menu": gettext_lazy("The visit and its question"),
    "menu_plainer": gettext_lazy("The same, plainer"),
    "menu_keys": gettext_lazy("The same, by keys alone"),
    "offer_repeat": gettext_lazy("Offer: hear it again"),
    "confirmed": gettext_lazy("Confirmed, goodbye"),
    "noted_confirmed": gettext_lazy("Confirmed, and on to the next visit"),
    "read_back": gettext_lazy("Really cancel?"),
    "read_back_plainer": gettext_lazy("The same, plainer"),
    "read_back_keys": gettext_lazy("The same, by keys alone"),
    "cancelled": gettext_lazy("Cancelled, goodbye"),
    "noted_cancelled": gettext_lazy("Cancelled, and on to the next visit"),
    "reason": gettext_lazy("Why?"),
    "review": gettext_lazy("Left open: staff will look"),
    "offer_reschedule": gettext_lazy("Offer: another time"),
    "preference": gettext_lazy("Which other time?"),
    "reschedule_requested": gettext_lazy("Staff will call about another time, goodbye"),
    "noted_reschedule": gettext_lazy("The same, and on to the next visit"),
    "offer_staff": gettext_lazy("Offer: our staff"),
    "staff_connecting": gettext_lazy("Connecting"),
    "staff_later": gettext_lazy("Staff will call back"),
    "transfer_failed": gettext_lazy("Nobody took the call"),
    "needs": gettext_lazy("Anything we should know?"),
    "needs_plainer": gettext_lazy("The same, plainer"),
    "needs_keys": gettext_lazy("The same, by keys alone"),
    "noted_need": gettext_lazy("Noted, and on to the next visit"),
    "need_told": gettext_lazy("Noted, goodbye"),
    "voicemail": gettext_lazy("Message on a voicemail"),
    "screener": gettext_lazy("To a call screener"),
    "goodbye": gettext_lazy("Goodbye without an answer"),
    "thanks": gettext_lazy("Thank you, goodbye"),
    "changed": gettext_lazy("The visit has just changed"),
    "fallback_right_party": gettext_lazy("Is this the patient?"),
    "fallback_menu": gettext_lazy("The visit and its question"),
    "fallback_read_back": gettext_lazy("Really cancel?"),
    "fallback_closing": gettext_lazy("Goodbye"),
}

#: What phrases of a label do, in the words of the page.
MEANINGS = {
    Label.CONFIRM: gettext_lazy("Confirms the visit"),
    Label.CANCEL: gettext_lazy("Cancels the visit, after the read-back"),
    Label.RESCHEDULE: gettext_lazy("Wants another time"),
    Label.STAFF: gettext_lazy("Wants a person"),
    Label.REPEAT: gettext_lazy("Says it again"),
    Label.STOP: gettext_lazy("Stops all calls"),
    Label.DECEASED: gettext_lazy("The patient has died"),
    Label.YES: gettext_lazy("Yes"),
    Label.NO: gettext_lazy("No"),
    Label.INTERPRETER: gettext_lazy("Needs an interpreter"),
    Label.WHEELCHAIR: gettext_lazy("Needs a wheelchair"),
    Label.RIDE: gettext_lazy("Needs a ride"),
    Label.LATE: gettext_lazy("Is running late"),
    Label.NOTHING: gettext_lazy("Needs nothing"),
}


def meaning_of(label: str) -> str:
    """What an answer means, in the reader's words."""
    return str(MEANINGS.get(Label(label), label))


def title_of(key: str) -> str:
    """The name of a text, or of the phrases of ``step.Label``, on the page."""
    step, _, label = key.partition(".")
    if label:
        group = next((group.title for group in GROUPS if group.phrases == step), step)
        return f"{group}: {meaning_of(label).lower()}"
    group = next((group.title for group in GROUPS if key in group.texts), "")
    title = TITLES.get(key, key.replace("_", " ").capitalize())
    title = str(title)
    return title if title == group or not group else f"{group}: {title}"
