"""Outcomes by day as data for unfold's Chart.js component."""

import json
from typing import Any

from calls.conversation.vocabulary import Outcome
from desk.reports.download import outcome_name
from desk.reports.figures import UNDER_WAY, Report

COLOURS: dict[str, str] = {
    Outcome.CONFIRMED: "#16a34a",
    Outcome.CANCELLED: "#dc2626",
    Outcome.RESCHEDULE_REQUESTED: "#f59e0b",
    Outcome.OPTED_OUT: "#7f1d1d",
    Outcome.NEEDS_REVIEW: "#c026d3",
    Outcome.WRONG_NUMBER: "#9333ea",
    Outcome.TRANSFERRED: "#0284c7",
    Outcome.STAFF_REQUESTED: "#38bdf8",
    Outcome.NOT_UNDERSTOOD: "#ca8a04",
    Outcome.NO_RESPONSE: "#fcd34d",
    Outcome.HUNG_UP: "#fb923c",
    Outcome.VOICEMAIL_LEFT: "#818cf8",
    Outcome.MACHINE: "#a5b4fc",
    Outcome.BUSY: "#94a3b8",
    Outcome.DECLINED: "#64748b",
    Outcome.NO_ANSWER: "#cbd5e1",
    Outcome.INVALID_NUMBER: "#475569",
    Outcome.FAILED_PROVIDER: "#1e293b",
    Outcome.NOT_PLACED: "#e2e8f0",
    UNDER_WAY: "#22d3ee",
}


def chart_data(report: Report) -> str:
    """One stacked bar for each day."""
    return json.dumps(
        {
            "labels": [f"{day:%a} {day.day} {day:%b}" for day, _ in report.by_day],
            "datasets": [
                {
                    "label": outcome_name(outcome),
                    "data": [counts[outcome] for _, counts in report.by_day],
                    "backgroundColor": COLOURS[outcome],
                    "maxBarThickness": 40,
                }
                for outcome in report.outcomes
            ],
        }
    )


def chart_options() -> str:
    """Stacked, with whole numbers and a legend."""
    text = {"color": "#8b95a5"}
    grid = {"color": "#8884", "tickWidth": 0}
    options: dict[str, Any] = {
        "animation": False,
        "maintainAspectRatio": False,
        "plugins": {"legend": {"position": "bottom", "labels": {**text, "boxWidth": 12}}},
        "scales": {
            "x": {"stacked": True, "ticks": text, "grid": {**grid, "display": False}},
            "y": {
                "stacked": True,
                "beginAtZero": True,
                "ticks": {**text, "precision": 0},
                "grid": grid,
            },
        },
    }
    return json.dumps(options)
