"""The desk: where staff sign in, see what is due and answer it. One file a page; `table.py` lists them all."""
