"""`alliance demo` at the command line."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.command_line import CommandLine


def start(folder: Path, *arguments: str) -> tuple[subprocess.Popen[str], str]:
    """Start the demo in a process of its own; return it with its address."""
    environment = {name: value for name, value in os.environ.items() if name not in {"DISPLAY", "WAYLAND_DISPLAY"}}
    demo = subprocess.Popen(
        [sys.executable, "-m", "bot", "demo", *arguments],
        env={**environment, "TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert demo.stdout is not None
    return demo, next(word for word in demo.stdout.readline().split() if word.startswith("http"))


def test_it_opens_the_page_where_there_is_a_screen(tmp_path: Path) -> None:
    """Where a screen is, the browser of the machine is given the address; here a script stands in for it."""
    opened, browser = tmp_path / "opened", tmp_path / "browser"
    os.mkfifo(opened)
    browser.write_text(f'echo "$1" > {opened}\n')
    demo = subprocess.Popen(
        [sys.executable, "-m", "bot", "demo"],
        env={**os.environ, "DISPLAY": ":0", "BROWSER": f"sh {browser} %s"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert demo.stdout is not None
    address = next(word for word in demo.stdout.readline().split() if word.startswith("http"))
    assert opened.read_text().strip() == address
    demo.terminate()
    demo.communicate(timeout=20)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_names_its_address_and_leaves_nothing_behind(tmp_path: Path, number: signal.Signals) -> None:
    """One line says where the page is; stopped, also with a page open, it ends cleanly and its data is gone."""
    demo, address = start(tmp_path)
    assert address.startswith("http://127.0.0.1:")
    [folder] = tmp_path.iterdir()
    assert b"SQLite format" not in (folder / "data" / "alliance.db").read_bytes()
    with httpx.Client(trust_env=False, timeout=20) as client, client.stream("GET", f"{address}events") as events:
        next(events.iter_lines())
        demo.send_signal(number)
        out, err = demo.communicate(timeout=20)
    assert (demo.returncode, out, err) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


def test_a_kept_folder_holds_its_key_by_a_name_that_says_what_it_is(tmp_path: Path) -> None:
    """What is kept says that it is made up; a second demo in the same folder is refused."""
    folder = tmp_path / "kept"
    demo, _ = start(tmp_path, "--keep", str(folder))
    assert demo.stdout is not None
    assert "made up" in demo.stdout.readline()
    complaint = CommandLine(tmp_path).types("demo", "--keep", str(folder)).complaint
    assert "already runs" in complaint
    demo.terminate()
    demo.communicate(timeout=20)
    assert {path.name for path in folder.iterdir()} > {"key-of-made-up-data.txt", "data"}


def test_a_folder_with_real_data_is_left_alone(tmp_path: Path) -> None:
    """A database without the demo's own key beside it may be somebody's practice."""
    (tmp_path / "data").mkdir()
    database = tmp_path / "data" / "alliance.db"
    database.write_bytes(b"somebody's data")
    complaint = CommandLine(tmp_path).types("demo", "--keep", str(tmp_path)).complaint
    assert "key-of-made-up-data.txt" in complaint
    assert database.read_bytes() == b"somebody's data"
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_what_cant_be_gone_on_from_is_one_line(tmp_path: Path) -> None:
    """Phones that can't be read are named, and nothing is overwritten."""
    (tmp_path / "key-of-made-up-data.txt").write_text("f" * 64, encoding="utf-8")
    (tmp_path / "phones.json").write_text("{", encoding="utf-8")
    complaint = CommandLine(tmp_path).types("demo", "--keep", str(tmp_path)).complaint
    assert "phones.json can't be read" in complaint
    assert (tmp_path / "phones.json").read_text(encoding="utf-8") == "{"


def test_a_port_that_is_taken_is_one_line(tmp_path: Path) -> None:
    """Another program's port is named, with what to do."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"Port {port} is taken" in CommandLine(tmp_path).types("demo", "--port", str(port)).complaint


def test_the_terminal_run_needs_no_browser(tmp_path: Path) -> None:
    """`--play` plays the week to its summary and ends."""
    printed = CommandLine(tmp_path).types("demo", "--play")
    assert printed.exit_code == 0
    assert "No longer wants to come back" in printed.out
