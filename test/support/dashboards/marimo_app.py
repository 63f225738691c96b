"""A marimo app with something to lose: what is typed, and a count in its kernel."""

import marimo

app = marimo.App()


@app.cell
def _():
    import marimo as mo

    return (mo,)


@app.cell
def _(mo):
    typed = mo.ui.text(label="Typed")
    button = mo.ui.button(value=0, on_click=lambda clicks: clicks + 1, label="Count")
    mo.vstack([typed, button])
    return button, typed


@app.cell
def _(button, mo, typed):
    mo.md(f"{button.value}: {typed.value}")
    return


if __name__ == "__main__":
    app.run()
