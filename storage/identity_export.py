"""Who answered, in a file of its own: only for the administrator at the server's terminal, and noted in the audit log each time.

It joins with an export by receipt and row. Nothing else of Minga puts names beside answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection, text

from bot.reports.csv_table import CsvTable
from bot.reports.rows import left_out
from storage import audit, results
from storage.export import Exported, ExportedFile, ExportRefused, Wanted, judged, put_in_place, read_layout, watched
from storage.statements import Transaction
from storage.vault import Vault

_ADDRESS = text("""
    SELECT a.channel, a.identity FROM conversation v JOIN address a ON a.id = v.address_id WHERE v.id = :conversation
""")

ACTION = "identity_export"


def write_identity(connection: Connection, wanted: Wanted, vault: Vault) -> Exported:
    """Writes who answered: receipt, row, channel, address, and each answer that exports withhold. The file is its owner's alone.

    Raises as `write_export` does, and ExportRefused "export.anonymous" for a flow that promised anonymity in any version.
    """
    wanted = replace(wanted, selection=judged(connection, wanted.flow, wanted.selection, wanted.where))
    layout = read_layout(connection, wanted.flow, wanted.selection)
    if any(flow.anonymous for flow in layout.flows.values()):
        raise ExportRefused("export.anonymous", flow=wanted.flow)
    told = [one for one in layout.questions if one.withheld and one.type != "calculate"]
    target = wanted.folder / f"{wanted.flow}-identity.csv"

    def make(paths: Mapping[str, Path], _: Path) -> int:
        with paths[""].open("x", encoding="utf-8", newline="") as file:
            paths[""].chmod(0o600)
            table = CsvTable(file, ["receipt", "row", "channel", "address", *(one.column for one in told)], wanted.dialect)
            count = 0
            rows = watched(results.stream(connection, wanted.flow, wanted.selection), wanted.progress)
            for count, result in enumerate(rows, 1):
                found = connection.execute(_ADDRESS, {"conversation": result.conversation}).one_or_none()
                latest = result.latest()
                cells = [
                    "; ".join(str(row.value) for (step, _), row in latest.items() if step == one.step and row.empty is None)
                    for one in told
                ]
                address = "" if found is None else vault.open_identity(bytes(found.identity))
                table.write([result.receipt, count, result.channel, address, *cells])
            return count

    count, hashes = put_in_place(wanted.folder, {"": target}, force=wanted.force, make=make)
    left = left_out(results.groups(connection, wanted.flow, wanted.selection.only), wanted.selection)
    return Exported((ExportedFile(target, {"wide": count}, hashes[""]),), left, 0)


def note(tx: Transaction, identifier: int, done: Exported, flow: str, *, now_ms: int) -> None:
    """Writes into the audit log that the file was made at the terminal, with how many people it names and its sha256.

    `identifier` is the line's own.
    """
    (file,) = done.files
    after = {"rows": file.rows["wide"], "sha256": file.sha256, "file": file.path.name}
    audit.write(tx, identifier, at=now_ms, staff_id=None, action=ACTION, subject=f"flow {flow}", after=after)
