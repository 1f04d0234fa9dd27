"""The steps of the schema, the oldest first."""
