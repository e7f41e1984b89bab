"""A table as data for unfold's Chart.js component."""

import json
from typing import Any

from desk.reports.tables import Table


def chart_data(table: Table) -> str:
    """One bar for each line; a thin edge parts what stands on another."""
    return json.dumps(
        {
            "labels": [str(label) for label in table.bars],
            "datasets": [
                {
                    "label": series.name,
                    "data": list(series.values),
                    "backgroundColor": series.colour,
                    "borderColor": "#8b95a5",
                    "borderWidth": 1,
                    "maxBarThickness": 40,
                }
                for series in table.chart
                if any(series.values)
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
