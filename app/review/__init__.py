"""The Review screen: a Streamlit v2 component of plain ES modules; `component.py` mounts it, app.routes serves its
data.
"""
