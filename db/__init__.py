"""The database: tables, migrations, and one module of functions per entity. Rows are returned as frozen dataclasses."""
