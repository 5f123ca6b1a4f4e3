"""A flow with answers, put into a town's database as they would lie there, for tests of results."""

from __future__ import annotations

from typing import Any

import orjson

from bot.clock import milliseconds
from bot.engine.source import load
from storage import flows
from storage.statements import Statement
from tests.web.town import Town

OBRAS = """
flow: obras
kind: {kind}
title: {{es: Obras para el cantón, en: Works for the canton}}
languages: [es, en]
start: {{words: [obras]}}
survey:
  - type: select_one
    name: canton
    label: {{es: "1 de 5. ¿En qué cantón vives?", en: "1 of 5. In which canton do you live?"}}
    personal: true
    choices:
      puyo: {{label: {{es: Puyo, en: Puyo}}}}
      mera: {{label: {{es: Mera, en: Mera}}}}
      arajuno: {{label: {{es: Arajuno, en: Arajuno}}}}
  - type: select_one
    name: obra
    label: {{es: "2 de 5. ¿Qué obra va primero?", en: "2 of 5. Which works come first?"}}
    choices:
      agua: {{label: {{es: "Agua potable y alcantarillado para las comunidades que todavía no los tienen", en: Drinking water}}}}
      luz: {{label: {{es: Alumbrado público, en: Street lights}}}}
      parque: {{label: {{es: Un parque, en: A park}}}}
  - {{type: integer, name: edad, label: {{es: "3 de 5. ¿Cuántos años tienes?", en: "3 of 5. How old are you?"}}, personal: true}}
  - type: select_one
    name: salud
    label: {{es: "4 de 5. ¿Tienes una discapacidad?", en: "4 of 5. Have you a disability?"}}
    sensitive: true
    choices: {{si: {{label: {{es: "Sí, una", en: "Yes, one"}}}}, no: {{label: {{es: No la tengo, en: "I have not"}}}}}}
  - {{type: text, name: idea, label: {{es: "5 de 5. ¿Qué más?", en: "5 of 5. What else?"}}, required: false}}
"""
"""A survey with something open, something guarded, something sensitive, and free text."""

_CONVERSATION = Statement("""
    INSERT INTO conversation (id, flow, version, status, is_current, state, language, channel, test, started_at, updated_at,
        ended_at, receipt)
    VALUES (?, ?, ?, ?, ?, '{}', 'es', ?, ?, ?, ?, ?, ?)
""")
_ANSWER = Statement("""
    INSERT INTO answer (conversation_id, sequence, step, type, instance, raw, value, empty, reason, comment, language, channel,
        tries, at)
    VALUES (?, ?, ?, ?, '', ?, ?, NULL, '', '', 'es', 'telegram', 0, ?)
""")


class Flow:
    """A flow that is open in a town, and those who answer it: an hour ago, a second after each other, at once."""

    def __init__(self, town: Town, *, kind: str = "consultation", text: str = OBRAS) -> None:
        self.town, self.database = town, town.world.database
        loaded = load(text.format(kind=kind), "obras.yaml")
        assert loaded.flow is not None, loaded.problems
        self.name, self.version = loaded.flow.flow, loaded.flow.version
        opened = (self.name, self.version, loaded.content, self.now)
        self.database.transaction_now(lambda tx: flows.open_flow(tx, *opened))
        self.people = 0
        self.ids: dict[str, int] = {}
        """The conversation of each receipt."""

    @property
    def now(self) -> int:
        return milliseconds(self.town.world.clock.now())

    def answer(self, obra: str, count: int = 1, *, test: bool = False, idea: str = "", **more: Any) -> list[str]:
        """Has so many people answer that, and returns their receipts."""
        receipts = []
        for _ in range(count):
            self.people += 1
            said: dict[str, Any] = {
                "canton": ("puyo", "mera", "arajuno")[self.people % 3],
                "obra": obra,
                "edad": 18 + self.people * 7 % 60,
                "salud": "no",
                "idea": idea or f"la idea número {self.people}",
                **more,
            }
            receipts.append(self._insert(said, test=test))
        return receipts

    def _insert(self, said: dict[str, Any], *, test: bool) -> str:
        at, identifier = self.now - 3_600_000 + self.people * 1_000, self.database.identifiers.next()
        receipt = f"R{self.people:09}"
        self.ids[receipt] = identifier
        kinds = {"edad": "integer", "idea": "text"}

        def work(tx: Any) -> None:
            about = (identifier, self.name, self.version, "completed", False, "telegram", test, at, at, at, receipt)
            tx.write(_CONVERSATION, about)
            for sequence, (step, value) in enumerate(((step, value) for step, value in said.items() if value is not None), 1):
                told = (step, kinds.get(step, "select_one"), str(value), orjson.dumps(value).decode(), at)
                tx.write(_ANSWER, (identifier, sequence, *told))

        self.database.transaction_now(work)
        return receipt

    def close(self) -> None:
        self.database.transaction_now(lambda tx: flows.set_state(tx, self.name, "closed", self.now))
