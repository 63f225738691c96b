"""Says who is there, by a header of the request that opened the page's websocket."""

import marimo

app = marimo.App()


@app.cell
def _():
    import marimo as mo

    return (mo,)


@app.cell
def _(mo):
    headers = mo.app_meta().request.headers
    mo.md(f"Hello {headers['x-dashgate-user']}")
    return (headers,)


@app.cell
def _(headers, mo):
    mo.md(f"Granted: {headers['x-dashgate-resources']}")
    return


if __name__ == "__main__":
    app.run()
