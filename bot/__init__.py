"""Minga: surveys, consultations and information requests between residents and their municipality, by chat."""
