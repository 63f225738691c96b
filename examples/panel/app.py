"""Says who is there, as an app does that was written for the login of Panel itself."""

import panel as pn

pn.extension()

pn.Column(
    pn.pane.Str(f"Hello {pn.state.user}", styles={"font-size": "2em"}),
    pn.pane.JSON(pn.state.user_info, name="user_info", depth=2),
    pn.pane.Str(f"access_token: {pn.state.access_token}"),
).servable()
