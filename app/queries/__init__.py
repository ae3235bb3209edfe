"""What the pages show, as plain values: read from the database, free of Streamlit, tested without a browser."""
