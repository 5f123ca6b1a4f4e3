"""Everything that must survive a crash: tables, and the statements that read and write them."""
