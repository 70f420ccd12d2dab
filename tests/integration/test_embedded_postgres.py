"""The embedded server outlives nobody and fails nobody: users that come, go and are killed in any order."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text

import callcenter
from callcenter.errors import DatabaseError
from callcenter.postgres.cluster import Folder, clear_stale_postmaster, find_account, find_binaries, package_folder
from callcenter.postgres.database import connect, open_database
from callcenter.postgres.embedded import embedded_postgres

USER = """
import asyncio, sys
from pathlib import Path
from callcenter.postgres.embedded import embedded_postgres

async def main():
    async with embedded_postgres(Path(sys.argv[1])) as url:
        print(url, flush=True)
        await asyncio.to_thread(sys.stdin.read)

asyncio.run(main())
"""


@pytest.fixture
def folder() -> Iterator[Folder]:
    path = Path(tempfile.mkdtemp(prefix="callcenter-test-"))
    path.chmod(0o711)
    folder = Folder(path=path)
    yield folder
    shutil.rmtree(path)


class User:
    """Another process that uses the server until it is told to leave or is killed."""

    def __init__(self, data_dir: Path, *, python: str = sys.executable, **switch: object) -> None:
        self.process: subprocess.Popen[str] = subprocess.Popen(
            [python, "-c", USER, str(data_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            **switch,  # type: ignore[call-overload]
        )

    async def url(self) -> str:
        assert self.process.stdout is not None
        return (await asyncio.to_thread(self.process.stdout.readline)).strip()

    async def leave(self) -> int:
        await asyncio.to_thread(self.process.communicate)
        return self.process.returncode

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@contextlib.contextmanager
def another_user(data_dir: Path, **switch: object) -> Iterator[User]:
    user = User(data_dir, **switch)  # type: ignore[arg-type]
    try:
        yield user
    finally:
        user.kill()


async def wait_until(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        await asyncio.sleep(0.02)


def is_alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def pids(folder: Folder) -> tuple[int, int]:
    """Keeper and postmaster."""
    server = json.loads(folder.server.read_text())
    return server["keeper"], server["postmaster"]


async def ask(url: str, query: str) -> object:
    async with connect(url) as database, database.engine.begin() as connection:
        result = await connection.execute(text(query))
        return result.scalar_one() if result.returns_rows else None


async def test_what_was_written_is_there_after_a_restart(folder: Folder) -> None:
    async with embedded_postgres(folder.path) as url:
        await ask(url, "CREATE TABLE kept AS SELECT 7 AS number")
        keeper, postmaster = pids(folder)
    assert not is_alive(keeper)
    assert not is_alive(postmaster)
    async with embedded_postgres(folder.path) as url:
        assert await ask(url, "SELECT number FROM kept") == 7
    assert sorted(path.name for path in folder.path.iterdir() if path.name != "binaries") == [
        "keeper.lock",
        "postgresql",
        "postgresql.log",
        "postgresql.password",
        "users.lock",
    ]


async def test_the_server_is_durable_counts_in_utc_asks_for_the_password_and_has_no_port(folder: Folder) -> None:
    async with embedded_postgres(folder.path) as url:
        settings = {
            name: await ask(url, f"SHOW {name}")
            for name in ("fsync", "full_page_writes", "listen_addresses", "password_encryption", "server_encoding")
        }
        assert settings == {
            "fsync": "on",
            "full_page_writes": "on",
            "listen_addresses": "",
            "password_encryption": "scram-sha-256",
            "server_encoding": "UTF8",
        }
        default_zone = await ask(url, "SELECT reset_val FROM pg_settings WHERE name = 'log_timezone'")
        assert default_zone == "UTC"
        with pytest.raises(DatabaseError, match="password authentication failed"):
            await ask(url.replace(folder.password.read_text(), "wrong"), "SELECT 1")
        assert folder.password.stat().st_mode & 0o777 == 0o600


async def test_users_that_come_at_once_share_one_server(folder: Folder) -> None:
    with contextlib.ExitStack() as stack:
        users = [stack.enter_context(another_user(folder.path)) for _ in range(4)]
        urls = {await user.url() for user in users}
        assert len(urls) == 1
        keeper, _ = pids(folder)
        assert [await user.leave() for user in users] == [0, 0, 0, 0]
        await wait_until(lambda: not is_alive(keeper))


@pytest.mark.parametrize("leave", ["orderly", "killed"])
async def test_the_server_stays_for_the_second_user_when_the_first_goes(folder: Folder, leave: str) -> None:
    with another_user(folder.path) as first:
        first_url = await first.url()
        async with embedded_postgres(folder.path) as url:
            assert url == first_url
            before = pids(folder)
            if leave == "orderly":
                await first.leave()
            else:
                first.kill()
            assert await ask(url, "SELECT 1") == 1
            assert pids(folder) == before
        assert not is_alive(before[1])
        await wait_until(lambda: not is_alive(before[0]))


async def test_nothing_is_left_when_the_only_user_is_killed(folder: Folder) -> None:
    with another_user(folder.path) as user:
        await user.url()
        keeper, postmaster = pids(folder)
        user.kill()
    await wait_until(lambda: not is_alive(keeper) and not is_alive(postmaster))
    assert not folder.server.exists()


async def test_no_server_is_left_when_its_keeper_is_killed_and_the_next_user_gets_a_new_one(folder: Folder) -> None:
    async with embedded_postgres(folder.path):
        keeper, postmaster = pids(folder)
        os.kill(keeper, signal.SIGKILL)
        await wait_until(lambda: not is_alive(postmaster))
        async with embedded_postgres(folder.path) as url:
            assert await ask(url, "SELECT 1") == 1
            assert pids(folder)[0] != keeper


async def test_the_next_user_gets_the_data_after_everything_was_killed_at_once(folder: Folder) -> None:
    with another_user(folder.path) as user:
        await ask(await user.url(), "CREATE TABLE kept AS SELECT 7 AS number")
        keeper, postmaster = pids(folder)
        for pid in (keeper, postmaster, user.process.pid):
            os.kill(pid, signal.SIGKILL)
        user.kill()
    async with embedded_postgres(folder.path) as url:
        assert await ask(url, "SELECT number FROM kept") == 7


async def test_a_server_that_is_killed_under_its_users_comes_back(folder: Folder) -> None:
    async with open_database(None, folder.path) as database:
        _, postmaster = pids(folder)
        os.kill(postmaster, signal.SIGKILL)
        await wait_until(lambda: folder.server.exists() and pids(folder)[1] != postmaster)
        assert await database.is_reachable()


async def test_a_server_that_hangs_holds_nobody_who_wants_to_go(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("callcenter.postgres.database._CLOSED_WITHIN_SECONDS", 0.5)
    async with embedded_postgres(folder.path) as url:
        begin = time.monotonic()
        async with connect(url) as database, database.engine.begin() as connection:
            backend = (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()
            await connection.commit()
            os.kill(backend, signal.SIGSTOP)
        os.kill(backend, signal.SIGCONT)
        assert time.monotonic() - begin < 5


async def test_a_server_that_cannot_be_started_again_at_once_comes_back_when_it_can(folder: Folder) -> None:
    async with open_database(None, folder.path) as database:
        keeper, postmaster = pids(folder)
        control, hidden = folder.cluster / "global/pg_control", folder.path / "pg_control"
        control.rename(hidden)
        os.kill(postmaster, signal.SIGKILL)
        await wait_until(lambda: "PostgreSQL did not start" in folder.log.read_text())
        hidden.rename(control)
        await wait_until(lambda: folder.server.exists() and pids(folder)[1] != postmaster)
        assert pids(folder)[0] == keeper
        assert await database.is_reachable()


async def test_a_user_who_gives_up_while_the_server_starts_leaves_nothing(folder: Folder) -> None:
    async def use() -> None:
        async with embedded_postgres(folder.path):
            pass

    task = asyncio.create_task(use())
    await wait_until((folder.path / "postgresql.half").exists)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with embedded_postgres(folder.path) as url:
        assert await ask(url, "SELECT 1") == 1


async def test_a_half_made_cluster_is_made_anew(folder: Folder) -> None:
    half = folder.path / "postgresql.half"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    async with embedded_postgres(folder.path) as url:
        assert await ask(url, "SELECT 1") == 1


@asynccontextmanager
async def stopped_cluster(folder: Folder) -> AsyncIterator[list[str]]:
    """A cluster that is there but not served; gives the lock file of its last server."""
    async with embedded_postgres(folder.path):
        lock = (folder.cluster / "postmaster.pid").read_text().splitlines()
    yield lock


def write_lock(folder: Folder, lock: list[str], pid: int) -> None:
    path = folder.cluster / "postmaster.pid"
    path.write_text("\n".join([str(pid), *lock[1:]]) + "\n")
    owner = folder.cluster.stat()
    os.chown(path, owner.st_uid, owner.st_gid)


async def test_a_lock_file_with_the_pid_of_another_program_is_no_obstacle(folder: Folder) -> None:
    async with stopped_cluster(folder) as lock:
        owner = folder.cluster.stat()
        other = subprocess.Popen(["sleep", "60"], user=owner.st_uid) if os.geteuid() == 0 else None
        try:
            write_lock(folder, lock, os.getpid() if other is None else other.pid)
            async with embedded_postgres(folder.path) as url:
                assert await ask(url, "SELECT 1") == 1
        finally:
            if other is not None:
                other.kill()
                other.wait()


async def test_a_zombie_postmaster_is_waited_for_until_it_is_reaped(folder: Folder) -> None:
    async with stopped_cluster(folder) as lock:
        zombie = subprocess.Popen(["true"])
        await wait_until(lambda: not is_alive(zombie.pid))
        write_lock(folder, lock, zombie.pid)
        waiting = asyncio.create_task(asyncio.to_thread(clear_stale_postmaster, folder.cluster))
        assert await asyncio.wait([waiting], timeout=0.5) == (set(), {waiting})
        zombie.wait()
        await asyncio.wait_for(waiting, 5)


async def test_an_orphaned_postmaster_is_told_to_stop(folder: Folder) -> None:
    # Not a shell: one that was started with SIGINT ignored cannot trap it.
    wait = (
        "import signal, sys; signal.signal(signal.SIGINT, lambda *_: sys.exit(0)); "
        "print('ready', flush=True); signal.pause()"
    )
    async with stopped_cluster(folder) as lock:
        orphan = subprocess.Popen(
            ["postgres", "-c", wait, str(folder.cluster)], executable=sys.executable, stdout=subprocess.PIPE
        )
        assert orphan.stdout is not None
        assert await asyncio.to_thread(orphan.stdout.readline) == b"ready\n"
        write_lock(folder, lock, orphan.pid)
        await asyncio.gather(
            asyncio.to_thread(clear_stale_postmaster, folder.cluster), asyncio.to_thread(orphan.communicate)
        )
        assert orphan.returncode == 0


async def test_data_of_another_major_version_is_refused_in_one_sentence(folder: Folder) -> None:
    async with stopped_cluster(folder):
        version = folder.cluster / "PG_VERSION"
        version.write_text("17\n")
        with pytest.raises(DatabaseError) as caught:
            async with embedded_postgres(folder.path):
                pass
    assert str(caught.value) == (
        f"{folder.cluster} was made by PostgreSQL 17 and cannot be opened by PostgreSQL 18; "
        "bring it over with pg_upgrade or pg_dump, or set CALLCENTER_DATA_DIR to another folder."
    )


async def test_damaged_data_gives_the_reason_of_the_server(folder: Folder) -> None:
    async with stopped_cluster(folder):
        (folder.cluster / "global/pg_control").unlink()
        with pytest.raises(DatabaseError, match=r"^PostgreSQL did not start: could not find the database system"):
            async with embedded_postgres(folder.path):
                pass


async def test_a_path_too_long_for_a_socket_works_as_well(folder: Folder) -> None:
    deep = Folder(path=folder.path / ("deep" * 25))
    async with embedded_postgres(deep.path) as url:
        socket_folder = Path(json.loads(deep.server.read_text())["socket_folder"])
        assert await ask(url, "SELECT 1") == 1
    assert not socket_folder.exists()


def find_python_for_everybody(uid: int) -> str:
    """Ours may be in root's home."""
    system = shutil.which(f"python3.{sys.version_info.minor}", path="/usr/local/bin:/usr/bin")
    for python in (sys.executable, system):
        with contextlib.suppress(PermissionError):
            if (
                python is not None
                and subprocess.run([python, "-c", ""], check=False, user=uid, cwd="/").returncode == 0
            ):
                return python
    pytest.skip("no Python of this version that another user may run")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
async def test_it_works_for_a_normal_user(folder: Folder) -> None:
    nobody = pwd.getpwnam("nobody")
    python = find_python_for_everybody(nobody.pw_uid)
    packages = folder.path / "packages"
    for source in (
        package_folder(),
        package_folder().with_name("embedded_postgres.libs"),
        Path(asyncpg.__file__).parent,
        Path(callcenter.__file__).parent,
    ):
        shutil.copytree(source, packages / source.name)
    data_dir = folder.path / "own"
    data_dir.mkdir(mode=0o700)
    os.chown(data_dir, nobody.pw_uid, nobody.pw_gid)
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(packages)}
    with another_user(
        data_dir, python=python, user="nobody", group=nobody.pw_gid, extra_groups=[], env=environment, cwd="/"
    ) as user:
        url = await user.url()
        assert url
        assert await ask(url, "SELECT 1") == 1
        assert Path(f"/proc/{pids(Folder(path=data_dir))[1]}").stat().st_uid == nobody.pw_uid
        assert await user.leave() == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="a normal user's server runs as himself")
async def test_a_folder_that_the_system_user_cannot_enter_is_refused_with_the_remedy(folder: Folder) -> None:
    folder.path.chmod(0o700)
    with pytest.raises(DatabaseError, match=r"who cannot enter .*; set CALLCENTER_DATA_DIR to a folder"):
        async with embedded_postgres(folder.path):
            pass


async def test_a_data_folder_that_cannot_be_made_is_one_sentence(folder: Folder) -> None:
    (folder.path / "file").write_text("")
    with pytest.raises(DatabaseError, match=r"cannot be used: Not a directory\.$"):
        async with embedded_postgres(folder.path / "file" / "data"):
            pass


@pytest.mark.skipif(os.geteuid() != 0, reason="a normal user's server runs as himself")
async def test_binaries_that_the_system_user_cannot_read_are_copied_beside_the_data(folder: Folder) -> None:
    hidden = folder.path / "hidden"
    hidden.mkdir(mode=0o700)
    site_packages = package_folder().parent
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(site_packages / name, hidden / name)
    account = find_account()
    binaries = find_binaries(folder, account, hidden / "embedded_postgres")
    assert binaries.is_relative_to(folder.path / "binaries")
    answer = subprocess.run(
        [binaries / "postgres", "--version"], check=True, capture_output=True, text=True, cwd="/", **account.switch
    )
    assert answer.stdout.startswith("postgres (PostgreSQL) 18.")
    assert find_binaries(folder, account, hidden / "embedded_postgres") == binaries
