"""The whole schema: importing this makes sure that `metadata` knows every table."""

from __future__ import annotations

from storage import (
    arrival_tables,
    commitment_tables,
    conversation_tables,
    desk_tables,
    document_tables,
    export_tables,
    people_tables,
    release_tables,
    request_tables,
    running_tables,
    sending_tables,
    staff_tables,
    tables,
    theme_tables,
    weight_tables,
)

metadata = tables.metadata

TABLES = (
    arrival_tables,
    commitment_tables,
    conversation_tables,
    desk_tables,
    document_tables,
    export_tables,
    people_tables,
    release_tables,
    request_tables,
    running_tables,
    sending_tables,
    staff_tables,
    theme_tables,
    weight_tables,
)
"""The modules that hold the tables."""
