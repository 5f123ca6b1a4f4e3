"""The week's digest: on the first working day of a week each of the staff is told what came in, what is due, what is stuck."""
