"""Tables, migrations and one module of functions per thing; everything returned is a frozen dataclass of core.types."""
