"""The figures of a company: one file for each department, read once."""

import csv
from pathlib import Path

import plotly.graph_objects as go
from dash import html

DATA = Path(__file__).parent / "data"


def read(name: str) -> list[dict[str, str]]:
    with open(DATA / name, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


LEADS = read("leads.csv")
STAFF = read("staff.csv")
CHANNELS = [name for name in LEADS[0] if name != "month"]


def leads(channel: str) -> dict[str, int]:
    return {row["month"]: int(row[channel]) for row in LEADS}


def staff(column: str) -> dict[str, int]:
    return {row["team"]: int(row[column]) for row in STAFF}


def payroll() -> dict[str, int]:
    return {team: people * staff("salary")[team] for team, people in staff("people").items()}


def bars(figures: dict[str, int], colour: str) -> go.Figure:
    margin = {"t": 20, "r": 10, "b": 40, "l": 60}
    figure = go.Figure(layout={"template": "plotly_white", "margin": margin, "height": 320})
    return figure.add_bar(x=list(figures), y=list(figures.values()), marker_color=colour)


def table(rows: list[dict[str, str]]) -> html.Table:
    head = html.Tr([html.Th(name.capitalize()) for name in rows[0]])
    return html.Table([html.Thead(head), html.Tbody([html.Tr([html.Td(cell) for cell in row.values()]) for row in rows])])


def as_csv(rows: list[dict[str, str]]) -> str:
    return "\n".join(",".join(row) for row in [rows[0].keys(), *(row.values() for row in rows)]) + "\n"
