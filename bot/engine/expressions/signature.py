"""How a function is written: its name and how many arguments it takes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Signature:
    """`form` is the function as one writes it, "round(a[, n])"; `most` is None where any number of arguments may follow."""

    form: str
    name: str
    least: int
    most: int | None

    @classmethod
    def of(cls, form: str) -> Signature:
        """Returns the signature that the form shows: brackets around what may be left out, … where more may follow."""
        name, _, written = form.rstrip(")").partition("(")
        needed, _, optional = written.partition("[")
        least = sum(1 for part in needed.split(",") if part.strip(" …"))
        more = sum(1 for part in optional.split(",") if part.strip(" …]"))
        return cls(form, name, least, None if "…" in form else least + more)

    def takes(self, count: int) -> bool:
        """Tells whether so many arguments are right."""
        return count >= self.least and (self.most is None or count <= self.most)
