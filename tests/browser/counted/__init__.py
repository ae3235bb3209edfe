"""What the pages show, counted a second time with pandas alone from the tables of the database."""
