"""People for the tests of erasure, retention and backup: a contact with something in every table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import orjson

from bot.engine.state import Conversation, encode
from bot.vocabulary import Address
from storage.database import Database
from storage.identifiers import first_at
from storage.keys import make_ring
from storage.statements import Statement, Transaction
from storage.vault import Vault

ECUADOR = ZoneInfo("America/Guayaquil")
NOW = datetime(2026, 11, 20, 10, 0, tzinfo=ECUADOR)
VAULT = Vault(make_ring(["a secret that is used in tests only"]), b"l" * 32, b"d" * 32)


def ms(moment: datetime) -> int:
    """The moment as the database keeps it."""
    return round(moment.timestamp() * 1_000)


def insert(table: str, **values: object) -> tuple[Statement, tuple[object, ...]]:
    """An INSERT of one row."""
    text = f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})"
    return Statement(text), tuple(values.values())


@dataclass
class Spoken:
    """An answer: type, value, and what is said around it."""

    type: str
    value: object
    raw: str = ""
    comment: str = ""
    empty: str | None = None


MARIA = "maria"


def said_by(name: str) -> dict[str, Spoken]:
    """One answer of each sort, with the name wherever a person may write something."""
    return {
        "canton": Spoken("select_one", "puyo", f"vivo en Puyo, soy {name}", f"comentario de {name}"),
        "canton_other": Spoken("text", f"la casa de {name}", f"la casa de {name}"),
        "edad": Spoken("integer", 34, f"{name} tiene 34"),
        "tools": Spoken("select_multiple", ["radio", "other"], f"1 y 2 {name}"),
        "idea": Spoken("text", f"que {name} escriba", f"que {name} escriba"),
        "phone": Spoken("phone", f"+593{name}", f"+593{name}"),
        "email": Spoken("email", f"{name}@example.org", f"{name}@example.org"),
        "place": Spoken("geopoint", {"lat": -1.5, "lon": -78.0, "place": name}, name),
        "photo": Spoken("image", {"kind": "image", "reference": "a" * 32, "name": f"{name}.jpg"}, f"{name}.jpg"),
        "voice": Spoken("select_one", {"kind": "audio", "reference": "b" * 32, "caption": name}, name),
        "young": Spoken("calculate", "no", "no"),
        "greeting": Spoken("calculate", f"Hola {name}", ""),
        "first": Spoken("calculate", f"{name}@", ""),
        "none": Spoken("integer", None, f"{name} no dice", "", "refused"),
    }


@dataclass
class Person:
    """A contact to put into the database: how it is named, and its conversations by flow (status, when it ended)."""

    name: str
    contact: int
    conversations: Mapping[str, tuple[str, datetime | None]]
    answers: Mapping[str, Spoken] = field(default_factory=dict)
    began: datetime = NOW - timedelta(days=2)
    stopped: bool = False
    consent_days: int = 365

    def __post_init__(self) -> None:
        self.answers = self.answers or said_by(self.name)

    @property
    def address(self) -> Address:
        """Where they are reached."""
        return Address("telegram", self.name, "bot1")


def put_flow(
    tx: Transaction, flow: str, *, state: str = "open", content: Mapping[str, object] | None = None, at: int = 0
) -> None:
    """Keeps a flow whose version is named after it."""
    tx.write(*insert("flow_version", version=f"v-{flow}", flow=flow, content=orjson.dumps(content or {}).decode(), created_at=0))
    tx.write(*insert("flow", id=flow, state=state, version=f"v-{flow}", updated_at=at))


def put_person(tx: Transaction, person: Person) -> None:
    """Puts a person with something in every table that may hold a trace of them."""
    name, contact, began = person.name, person.contact, ms(person.began)
    find_key = VAULT.find_key(person.address)
    tx.write(
        *insert(
            "contact",
            id=contact,
            language="es",
            test=False,
            clock_offset=0,
            lobby=f"lobby of {name}",
            lobby_prompt_id=None,
            stopped_at=began if person.stopped else None,
            created_at=began,
        )
    )
    tx.write(
        *insert(
            "address",
            id=contact,
            contact_id=contact,
            channel="telegram",
            account="bot1",
            find_key=find_key,
            identity=VAULT.seal_identity(name),
            created_at=began,
        )
    )
    for place, (flow, (status, ended)) in enumerate(person.conversations.items()):
        identifier = contact * 100 + place
        put_conversation(tx, person, identifier, flow, status, ended)
    base = first_at(began) + contact
    tx.write(
        *insert(
            "inbox",
            id=base,
            channel="telegram",
            account="bot1",
            event=f"e{contact}",
            contact_id=contact,
            conversation_id=contact * 100,
            received_at=began,
            raw=VAULT.seal(name.encode(), "inbox.raw"),
        )
    )
    for place, status in enumerate(("queued", "sending", "sent", "dead", "waiting")):
        tx.write(
            *insert(
                "outbox",
                id=base + place * 1_000_000,
                lane=contact,
                contact_id=contact,
                conversation_id=contact * 100,
                channel="telegram",
                sender="telegram/bot1",
                priority=0,
                prompt=1,
                payload=VAULT.seal(name.encode(), "outbox.payload"),
                status=status,
                due_at=began,
                lease_until=began if status == "sending" else None,
                attempts=0,
                units=0,
                flow="",
                created_at=began,
                provider_id=f"{name}-{place}" if status == "sent" else None,
            )
        )
    whose: tuple[dict[str, object], ...] = ({"contact_id": contact}, {"find_key": find_key})
    for place, known in enumerate(whose):
        tx.write(
            *insert(
                "quarantine",
                id=base + place * 1_000_000,
                channel="telegram",
                account="bot1",
                event=f"q{contact}-{place}",
                error="ValueError",
                raw=VAULT.seal(name.encode(), "quarantine.raw"),
                at=began,
                **known,
            )
        )


def put_conversation(tx: Transaction, person: Person, identifier: int, flow: str, status: str, ended: datetime | None) -> None:
    """Puts a conversation with its journal, consent and attachments."""
    name, contact, began = person.name, person.contact, ms(person.began)
    held = {step: spoken.value for step, spoken in person.answers.items()}
    state = Conversation(flow, f"v-{flow}", "es", seed=f"seed of {name}", status=status, held=held)  # type: ignore[arg-type]  # because a test's status is one of the known ones
    tx.write(
        *insert(
            "conversation",
            id=identifier,
            contact_id=contact,
            address_id=contact,
            flow=flow,
            version=f"v-{flow}",
            status=status,
            is_current=status == "open",
            state=encode(state).decode(),
            language="es",
            channel="telegram",
            test=False,
            started_at=began,
            updated_at=began,
            ended_at=ms(ended) if ended else None,
            receipt=None if status == "open" else f"R{identifier}",
            due_at=began if status == "open" else None,
            due_kind="reminder" if status == "open" else None,
            due_token=1 if status == "open" else None,
        )
    )
    for sequence, (step, spoken) in enumerate(person.answers.items(), 1):
        tx.write(
            *insert(
                "answer",
                conversation_id=identifier,
                sequence=sequence,
                step=step,
                type=spoken.type,
                instance="",
                raw=spoken.raw,
                value=orjson.dumps(spoken.value).decode(),
                empty=spoken.empty,
                reason="",
                comment=spoken.comment,
                language="es",
                channel="telegram",
                tries=0,
                at=began,
            )
        )
    tx.write(
        *insert(
            "consent",
            id=identifier,
            contact_id=contact,
            conversation_id=identifier,
            name="follow_up",
            version="1",
            language="es",
            purpose="follow_up",
            days=person.consent_days,
            given=True,
            at=began,
        )
    )
    tx.write(
        *insert(
            "media",
            reference=f"{identifier:032x}",
            contact_id=contact,
            conversation_id=identifier,
            kind="image",
            content_type="image/jpeg",
            sha256="0" * 64,
            size=1,
            path=f"{name}.jpg",
            created_at=began,
        )
    )


async def rows(database: Database, query: str, *values: object) -> list[tuple[object, ...]]:
    """What a query finds."""
    statement = Statement(query)
    return await database.transaction(lambda tx: tx.all(statement, values))


async def dumped(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, bytes as bytes."""
    from storage.schema import metadata

    assert len(metadata.tables) > 10
    return {name: await rows(database, f"SELECT * FROM {name}") for name in sorted(metadata.tables)}
