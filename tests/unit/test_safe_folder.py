"""Nothing outside of a folder is read or removed, whatever somebody put into it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from callcenter.audio.safe_folder import OutsideFolder, list_inside, open_inside, remove_inside


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "secret").write_text("secret")
    root = tmp_path / "root"
    (root / "call").mkdir(parents=True)
    (root / "call" / "a.wav").write_text("a")
    (root / "link.wav").symlink_to(tmp_path / "secret")
    (root / "call" / "inner.wav").symlink_to("a.wav")
    (root / "linked").symlink_to(root / "call")
    (root / "up").symlink_to(tmp_path)
    os.mkfifo(root / "pipe.wav")
    return root


def read(root: Path, relative: str) -> str:
    with open_inside(root, relative) as descriptor:
        return os.read(descriptor, 100).decode()


def test_a_file_inside_is_read(root: Path) -> None:
    assert read(root, "call/a.wav") == "a"
    assert list_inside(root, "call") == ["a.wav", "inner.wav"]


@pytest.mark.parametrize(
    "relative",
    [
        *("../secret", "call/../../secret", "/etc/passwd", "", ".", "call//a.wav", "./call/a.wav", "call/a.wav\0"),
        *("link.wav", "call/inner.wav", "linked/a.wav", "up/secret", "call", "call/a.wav/x", "pipe.wav"),
    ],
)
def test_what_is_no_file_inside_is_refused(root: Path, relative: str) -> None:
    with pytest.raises(OutsideFolder):
        read(root, relative)


def test_a_link_is_removed_and_not_what_it_leads_to(root: Path, tmp_path: Path) -> None:
    remove_inside(root, "link.wav")
    assert not (root / "link.wav").is_symlink()
    assert (tmp_path / "secret").read_text() == "secret"
    with pytest.raises(OutsideFolder):
        remove_inside(root, "up/secret")
    assert (tmp_path / "secret").read_text() == "secret"


def test_removing_takes_the_empty_folder_along_and_is_done_once(root: Path) -> None:
    for _ in range(2):
        remove_inside(root, "call/a.wav", with_empty_folders=True)
        assert list_inside(root, "call") == ["inner.wav"]
    for _ in range(2):
        remove_inside(root, "call/inner.wav", with_empty_folders=True)
        assert not (root / "call").exists()
    assert list_inside(root, "call") == []


def test_a_folder_that_is_not_there_is_not_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list_inside(tmp_path / "unmounted", "call")
