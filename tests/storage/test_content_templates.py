"""Templates made at the provider are found again, by account and shape, and by another process."""

from storage.content_templates import ContentTemplates
from storage.database import Database


async def test_a_template_is_found_again_until_it_is_forgotten(database_url):
    database = Database(database_url)
    kept, other = (ContentTemplates(database, account, lambda: 1_800_000_000_000) for account in ("AC1", "AC2"))
    assert await kept.find("buttons:2") is None
    await kept.keep("buttons:2", "HX1")
    await kept.keep("list:112", "HX2")
    assert await kept.find("buttons:2") == "HX1"
    assert await other.find("buttons:2") is None
    await kept.keep("buttons:2", "HX3")
    await other.forget("buttons:2")
    database.close()
    again = Database(database_url)
    kept = ContentTemplates(again, "AC1", lambda: 1_800_000_000_001)
    assert await kept.find("buttons:2") == "HX3"
    await kept.forget("buttons:2")
    assert await kept.find("buttons:2") is None
    assert await kept.find("list:112") == "HX2"
    again.close()
