"""What pages, routes and commands read, as plain values. Free of Streamlit, so it is tested without a browser."""
