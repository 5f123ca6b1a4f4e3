"""The flow files as the desk sees them, and how people can reach us, as far as settings and database tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from bot import links
from bot.engine.check import check
from bot.engine.flow import Flow
from bot.engine.language import Language
from bot.engine.problem import Problem
from bot.engine.source import Loaded
from bot.flow_files import FlowFiles, find, read
from bot.providers import me_of
from bot.settings import Settings
from bot.stranding import stranded
from bot.translations import Translate
from bot.web.shelf import OnFile
from storage import facts
from storage.running import running
from storage.statements import Transaction


class FlowShelf:
    """The flow files of some folders; a later folder's goes before a former one's."""

    def __init__(
        self, folders: Sequence[Path], languages: Mapping[str, Language], translate: Translate | None, settings: Settings
    ) -> None:
        self._folders = folders
        self._languages = languages
        self._translate = translate
        self._settings = settings

    def files(self) -> Mapping[str, OnFile]:
        """See bot.web.shelf.Shelf."""
        found = self._read()
        return {
            name: OnFile(file.name, found.good.get(name), tuple(one for one in found.problems if one.file == str(file)))
            for name, file in found.files.items()
        }

    def clashes(self, loaded: Loaded, running: Sequence[Flow]) -> tuple[Problem, ...]:
        """See bot.web.shelf.Shelf."""
        found = check([loaded], consents=self._read().consents, languages=self._languages, running=running)
        return tuple(problem for problem in found if problem.severity == "error")

    def stranded(self, loaded: Loaded) -> tuple[Problem, ...]:
        """See bot.web.shelf.Shelf."""
        assert loaded.flow is not None
        former = running(self._settings.database, loaded.flow.flow)
        return () if former is None else stranded(loaded, former)

    def ways(self, tx: Transaction) -> links.Ways:
        """See bot.web.shelf.Shelf."""
        return ways(self._settings, tx)

    def _read(self) -> FlowFiles:
        return read(
            list(find(self._folders).values()),
            beside=self._folders,
            languages=self._languages,
            translate=self._translate,
            together=False,
            plained=self._settings.plained,
        )


def ways(settings: Settings, tx: Transaction) -> links.Ways:
    """Returns how people can reach us, as far as settings and database tell."""
    token, twilio = settings.telegram_token.get_secret_value(), settings.twilio_auth_token.get_secret_value()
    name = facts.find(tx, me_of(token.partition(":")[0])) if token else None
    return links.Ways(
        telegram=name or "",
        whatsapp=links.number(settings.twilio_whatsapp_from) if twilio else "",
        sms=links.number(settings.twilio_sms_from) if twilio else "",
        answers=settings.sms_two_way,
    )
