"""Attachments: on the disk before a turn may name them, one file each, and no way out of the folder."""

import hashlib
import os

import pytest

from bot.vocabulary import Media
from storage.attachments import Attachments

PHOTO = Media("image", "provider:1", "image/png", "", 0, name="foto.png", caption="Un bache")


def test_a_kept_file_is_found_by_its_reference(tmp_path):
    attachments = Attachments(tmp_path / "media")
    kept = attachments.keep(b"png", PHOTO)
    assert attachments.path(kept.reference).read_bytes() == b"png"
    assert (kept.size, kept.sha256) == (3, hashlib.sha256(b"png").hexdigest())
    assert (kept.kind, kept.content_type, kept.name, kept.caption) == ("image", "image/png", "foto.png", "Un bache")


def test_nobody_else_may_read_it(tmp_path):
    attachments = Attachments(tmp_path / "media")
    file = attachments.path(attachments.keep(b"png", PHOTO).reference)
    assert file.stat().st_mode & 0o077 == 0
    assert file.parent.stat().st_mode & 0o077 == 0


def test_equal_files_of_two_people_are_two(tmp_path):
    attachments = Attachments(tmp_path)
    first, second = attachments.keep(b"same", PHOTO), attachments.keep(b"same", PHOTO)
    attachments.drop(first.reference)
    assert not attachments.path(first.reference).exists()
    assert attachments.path(second.reference).read_bytes() == b"same"
    attachments.drop(first.reference)


@pytest.mark.parametrize("reference", ["", "..", "../../etc/passwd", "A" * 32, "0" * 31, "0" * 33, "/" + "0" * 31])
def test_a_reference_never_leads_out_of_the_folder(tmp_path, reference):
    with pytest.raises(ValueError, match="no reference"):
        Attachments(tmp_path).path(reference)


def test_a_failed_write_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        Attachments(tmp_path).keep(b"x" * 10, PHOTO)
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []
