"""The whole schema: importing this makes sure that `metadata` knows every table."""

from __future__ import annotations

from storage import desk_tables, request_tables, tables

metadata = tables.metadata

TABLES = (tables, request_tables, desk_tables)
"""The modules that hold the tables."""
