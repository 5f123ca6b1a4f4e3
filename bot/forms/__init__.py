"""XLSForms: read from the spreadsheets in which survey people keep them, made into flows, and written back."""
