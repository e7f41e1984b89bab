"""The demo clinics: invented people on numbers reserved for fiction.

The last two digits of a number choose who answers it at the simulator
(simulator/README.md); the area code and the zone choose when it may ring.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from calls import scripting
from calls.models import CallProfile
from reminders import planning
from reminders.models import Appointment, Clinic, Patient, PhoneNumber, Practitioner

SLUG = "maple-street"


@dataclass(frozen=True)
class Person:
    """A demo patient with one visit ``hours`` from now."""

    name: str
    phone: str
    hours: float
    language: str = ""
    zone: str = ""
    basis: str = "consent"


# The soonest visits are rung first, so the first minute shows many outcomes.
_DUE = [
    Person("Lucía Herrera", "+12125550120", 20, "es-US"),
    Person("Ana Ortiz", "+12125550101", 20.5),
    Person("Ben Carter", "+12125550130", 21),
    Person("Carol Novak", "+12125550132", 21.5),
    Person("Diego Salas", "+13125550103", 22, zone="America/Chicago"),
    Person("Ella Brandt", "+12125550112", 22.2),
    Person("Frank Osei", "+12125550140", 22.4),
    Person("Grace Lindqvist", "+12125550102", 22.6),
    Person("Hugo Marín", "+13055550121", 22.8, "es-US"),
    Person("Ines Duarte", "+12125550113", 23),
    Person("Jonas Weber", "+12125550110", 23.2),
    Person("Kira Popov", "+12125550133", 23.4),
    Person("Wendell Ames", "+12125550136", 23.5),
    Person("Xenia Kovac", "+12125550147", 23.6),
    Person("Theo Laurent", "+12125550138", 23.7),
    Person("Uma Castell", "+12125550144", 23.8),
    Person("Leo Tanaka", "+14155550104", 50, zone="America/Los_Angeles"),
    Person("Mona Farouk", "+12125550105", 50.2),
    Person("Nils Berg", "+12125550111", 50.4),
    Person("Olga Petrov", "+12125550131", 50.6),
    Person("Paul Adeyemi", "+12125550150", 50.8),
    Person("Queenie Shaw", "+12125550141", 51),
    Person("Rosa Jiménez", "+17875550120", 51.2, "es-PR", "America/Puerto_Rico"),
    Person("Sam Whitfield", "+12125550106", 51.4),
    Person("Tara Iyer", "+12125550107", 51.6),
    Person("Umar Siddiqui", "+12125550108", 51.8),
    Person("Vera Kowalski", "+13035550101", 52, zone="America/Denver"),
    Person("Will Nakamura", "+18085550102", 52.2, zone="Pacific/Honolulu"),
    Person("Ximena Robles", "+13055550120", 52.4, "es-US"),
    Person("Yara Haddad", "+447700900101", 53, "en-GB", "Europe/London"),
]
# Planned for a later hour or day, or not at all; each shows its reason.
_LATER = [
    Person("Zoe Martin", "+12125550122", 66, zone="Asia/Tokyo"),
    Person("Arjun Rao", "+12125550123", 53.5, zone="Asia/Kolkata"),
    Person("Bella Conti", "+12125550124", 70, basis="none"),
    Person("Cyrus Amini", "+12125550125", 70.5, basis="none"),
    Person("Dora Fekete", "+12125550126", 71, basis="us_exemption"),
    # Whoever looks at the demo can be this patient, at the simulator's telephone.
    Person("Robin Vega", "+12125550142", 240),
]
_NAMES = (
    "Emil Strand",
    "Fiona Walsh",
    "Gustav Holm",
    "Hana Kim",
    "Ivan Petrescu",
    "Julia Sommer",
    "Karl Eriksen",
    "Lena Vogt",
    "Marco Bianchi",
    "Nora Quinn",
    "Omar Nasser",
    "Petra Horak",
    "Quentin Moreau",
    "Rita Alves",
    "Stefan Ionescu",
    "Tessa Boyd",
    "Ulrich Maier",
    "Vivian Cho",
    "Wanda Krol",
    "Xavier Roche",
    "Yusuf Demir",
    "Zara Okafor",
    "Aldo Ferri",
    "Bianca Reyes",
    "Carlos Mena",
    "Daria Lukic",
    "Eduardo Pinto",
    "Frida Olsen",
    "Gita Sharma",
)
_AREAS = ("212", "312", "415", "303", "305", "617")
_DOCTORS = ("Dr. Amara Blake", "Dr. Victor Lindgren", "Nurse Joan Pike")


def _next_days() -> list[Person]:
    """Visits four to ten days ahead: planned, not due."""
    return [
        Person(
            name,
            f"+1{_AREAS[i % len(_AREAS)]}55501{60 + i}",
            hours=96 + i * 5,
            language="es-US" if i % 5 == 2 else "",
        )
        for i, name in enumerate(_NAMES)
    ]


@transaction.atomic
def seed(now: datetime) -> int:
    """Make the demo clinic once; returns how many visits were made."""
    if Clinic.objects.filter(slug=SLUG).exists():
        return 0
    clinic = Clinic.objects.create(
        slug=SLUG,
        name="Maple Street Clinic",
        phone="+12125550199",
        opt_out_phone="+18005550199",
        time_zone="America/New_York",
        languages=["en-US", "es-US"],
    )
    CallProfile.objects.create(clinic=clinic, ask_reason=True, ask_needs=True)
    scripting.approve(clinic, clinic.languages, by="Dana Reyes (demo)", now=now)
    doctors = [Practitioner.objects.create(clinic=clinic, name=name) for name in _DOCTORS]
    people = [*_DUE, *_LATER, *_next_days()]
    for i, person in enumerate(people):
        _visit(clinic, doctors[i % len(doctors)], person, i, now)
    return len(people)


def _visit(
    clinic: Clinic, doctor: Practitioner, person: Person, number: int, now: datetime
) -> None:
    patient = Patient.objects.create(
        external_id=f"demo-{number:02d}",
        name=person.name,
        number=PhoneNumber.obtain(person.phone),
        language=person.language,
        time_zone=person.zone,
        legal_basis=person.basis,
    )
    appointment = Appointment.objects.create(
        external_id=f"demo-visit-{number:02d}",
        clinic=clinic,
        patient=patient,
        practitioner=doctor,
        starts_at=(now + timedelta(hours=person.hours)).replace(second=0, microsecond=0),
    )
    appointment.note("created", now, actor="demo")
    planning.replan(appointment.pk, now)
