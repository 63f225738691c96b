"""A Shiny app with a count on the server."""

from shiny import App, render, ui

app_ui = ui.page_fluid(ui.input_action_button("count", "Count"), ui.output_text("said"))


def server(input, output, session):
    @render.text
    def said():
        return f"count {input.count()}"


app = App(app_ui, server)
