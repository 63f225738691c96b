"""Says who is there, as Streamlit knows it by itself, and by a header of the request."""

import streamlit as st

st.title(f"Hello {st.user.name}")
st.write(f"st.user.email: {st.user.email}")
st.write(f"Granted: {st.context.headers['X-Dashgate-Resources']}")
