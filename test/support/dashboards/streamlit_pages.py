"""Pages for different people, as Streamlit has them. With ASKS it shows each visitor those that they were granted."""

import os

import streamlit as st


def page(name: str):
    def show():
        st.write(f"CANARY-{name}")

    return st.Page(show, title=name, url_path=name, default=name == "home")


def is_theirs(name: str) -> bool:
    # Of the request that opened the websocket.
    granted = st.context.headers.get("X-Dashgate-Resources", "").split(",")
    return name == "home" or name in granted or "_all_" in granted


names = ["home", "marketing", "hr"]
st.navigation([page(name) for name in names if not os.environ.get("ASKS") or is_theirs(name)]).run()
