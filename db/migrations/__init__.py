"""Migrations of the database, run by Alembic when a workspace is opened."""
