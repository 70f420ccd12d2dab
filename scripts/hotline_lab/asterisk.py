"""One Asterisk instance, a child of this process that ends with it, even after SIGKILL."""

import asyncio
import fcntl
import os
import shutil
import signal
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from . import render
from .ami import AmiClient
from .errors import LabError, NoAsterisk, PortTaken
from .paths import state_dir
from .ports import PBX_PORTS
from .registry import LabInfo, lock_file, read_registry, write_registry
from .rootfs import ensure_rootfs, ensure_tools, find_rootfs
from .state_folder import make_state_folder

BOOT_SECONDS = 30.0
LOGIN_SECONDS = 5.0
PHONES = tuple(str(number) for number in range(1001, 1012))


class Lab:
    """`async with Lab(pbx=1) as lab:` is a running PBX; after the block only its state folder is left."""

    def __init__(
        self,
        *,
        pbx: int = 1,
        state: Path | None = None,
        more_config: Mapping[str, str] | None = None,
        more_phones: Sequence[str] = (),
    ) -> None:
        """`more_config` is added behind the files of `asterisk_conf`, by file name, `more_phones` behind PHONES."""
        if not 1 <= pbx <= 9:
            raise LabError("The number of a PBX is 1 to 9.")
        self.name = f"pbx{pbx}"
        self.state = state or state_dir(pbx)
        self._more_config = more_config or {}
        self._phones = (*PHONES, *more_phones)
        self._root: Path | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._info: LabInfo | None = None
        self._lock: IO[str] | None = None
        self._ports = ExitStack()
        self._messages_before = 0
        """Characters of Asterisk's log that are of earlier starts."""

    @property
    def info(self) -> LabInfo:
        """Addresses and secrets of the running instance."""
        if self._info is None:
            raise LabError(f"{self.name} is not up; run scripts/lab up first.")
        return self._info

    @property
    def is_up(self) -> bool:
        """Whether the PBX runs, as a child of this process or of another."""
        return self.is_running or (self._process is None and self._info is not None)

    @property
    def is_running(self) -> bool:
        """Whether Asterisk's process lives."""
        return self._process is not None and self._process.returncode is None

    @classmethod
    def attach(cls, *, pbx: int = 1) -> Self:
        """An instance that another process runs; it can be used, but not killed or restarted from here."""
        lab = cls(pbx=pbx)
        lab._info = read_registry(lab.state)
        lab._root = find_rootfs()
        return lab

    async def __aenter__(self) -> Self:
        await self.up()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.down()

    async def up(self) -> LabInfo:
        """Start with an empty state folder and wait until calls are taken; `NoAsterisk` where there is none."""
        self._root = await ensure_rootfs()
        await asyncio.to_thread(ensure_tools)
        await self._keep_others_out()
        try:
            for is_last in (False, False, True):
                shutil.rmtree(self.state, ignore_errors=True)
                info = self._info = make_state_folder(
                    self.state,
                    self._root,
                    name=self.name,
                    base_port=self._ports.enter_context(PBX_PORTS.claim()),
                    phones=self._phones,
                    more_config=self._more_config,
                )
                try:
                    await self._start()
                    break
                except PortTaken:
                    if is_last:
                        raise
                    await self.kill()
                    self._ports.close()
            write_registry(self.state, info)
        except BaseException:
            await self.down()
            raise
        return info

    async def down(self) -> None:
        """Stop Asterisk and forget the registry; the logs and the CEL file stay in the state folder."""
        if self.is_running:
            with suppress(LabError):
                await self.cli("core stop now")
            with suppress(TimeoutError):
                async with asyncio.timeout(5):
                    await self.wait_for_exit()
        await self.kill()
        self._ports.close()
        (self.state / "lab.json").unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    async def kill(self) -> None:
        """SIGKILL, as in a power cut."""
        if self._process is None and self._info is not None and self._info.keeper_pid != os.getpid():
            raise LabError(f"{self.name} is kept by another process, which alone may kill it.")
        if self._process is not None and self._process.returncode is None:
            inside: list[int] = []
            with suppress(FileNotFoundError, ProcessLookupError):  # some processes are ending already
                inside = self._pids()
            self._process.kill()
            await self._process.wait()
            # they end with the sandbox, but not at once; the next start would take them for a running Asterisk
            async with asyncio.timeout(BOOT_SECONDS):
                # wait for zombies too: other threads may still hold files and ports
                while any(Path(f"/proc/{pid}").exists() for pid in inside):
                    await asyncio.sleep(0.01)

    async def restart(self) -> None:
        """Start again on the same state: CEL goes on in the same file, registrations survive in AstDB."""
        if self.is_running:
            raise LabError(f"{self.name} is still running.")
        # Asterisk asks at this socket at its start whether another one runs
        (self.state / "run/asterisk.ctl").unlink(missing_ok=True)
        await self._start()

    async def restart_now(self) -> None:
        """`core restart now`: Asterisk drops its calls and starts again in the same process."""
        client = await self.ami()
        try:
            with suppress(LabError):  # the console connection ends with the restart
                await self.cli("core restart now")
            with suppress(EOFError, OSError):
                async with asyncio.timeout(BOOT_SECONDS):
                    while True:
                        await client.next_message()
        finally:
            await client.close()
        async with asyncio.timeout(BOOT_SECONDS):
            await self._wait_until_booted()

    def freeze(self) -> None:
        """Stop all processes until `thaw`; returns when all are stopped."""
        for pid in self._pids():
            os.kill(pid, signal.SIGSTOP)
            while Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
                time.sleep(0.001)

    def thaw(self) -> None:
        """Go on after `freeze`."""
        for pid in self._pids():
            os.kill(pid, signal.SIGCONT)

    def _pids(self) -> list[int]:
        """All processes inside the sandbox, without bubblewrap itself."""
        if self._process is None:
            return []
        found, rest = [], [self._process.pid]
        while rest:
            pid = rest.pop()
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
            rest += map(int, children)
            found += [int(child) for child in children if Path(f"/proc/{child}/comm").read_text() != "bwrap\n"]
        return found

    async def cli(self, command: str) -> str:
        """The answer of Asterisk's console to `command`."""
        asking = await asyncio.create_subprocess_exec(
            *self._sandbox(), "/usr/sbin/asterisk", "-C", f"{render.SANDBOX_STATE}/etc/asterisk.conf", "-rx", command,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        answer, _ = await asking.communicate()
        text = answer.decode(errors="replace")
        if asking.returncode != 0:
            raise LabError(f"{self.name} did not take the command {command!r}: {text.strip()}")
        return text

    async def ami(self, *, commands: bool = False) -> AmiClient:
        """A new AMI session of the user for events or of the user for commands."""
        info = self.info
        user = (info.ami_commands_user, info.ami_commands_secret) if commands else (info.ami_user, info.ami_secret)
        return await AmiClient.login(info.ami_host, info.ami_port, *user)

    async def _keep_others_out(self) -> None:
        self.state.parent.mkdir(parents=True, exist_ok=True)
        lock = lock_file(self.state).open("w")
        for _ in range(20):
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                # a process that only asks whether this instance is up holds the lock for a moment as well
                await asyncio.sleep(0.02)
            else:
                self._lock = lock
                return
        lock.close()
        raise LabError(f"{self.name} is up already; run scripts/lab down first.")

    def _sandbox(self) -> list[str]:
        if self._root is None:
            raise LabError(f"{self.name} was never started.")
        return [
            "bwrap", "--ro-bind", str(self._root), "/", "--bind", str(self.state), render.SANDBOX_STATE,
            "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp", "--tmpfs", "/run",  # noqa: S108 - inside the sandbox
            "--unshare-pid", "--unshare-uts", "--hostname", self.name, "--die-with-parent",
        ]  # fmt: skip

    def _messages(self) -> Path:
        path = self.state / "log/messages"
        path.touch()
        return path

    async def _start(self) -> None:
        self._messages_before = len(self._messages().read_text(errors="replace"))
        with (self.state / "log/console").open("ab") as console:
            self._process = await asyncio.create_subprocess_exec(
                *self._sandbox(), "/usr/sbin/asterisk", "-C", f"{render.SANDBOX_STATE}/etc/asterisk.conf", "-f", "-g",
                stdin=asyncio.subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True,
            )  # fmt: skip
        try:
            async with asyncio.timeout(BOOT_SECONDS):
                await self._wait_until_booted()
        except TimeoutError:
            raise NoAsterisk(f"Asterisk took no calls within {BOOT_SECONDS:.0f} s{self._last_words()}") from None

    async def _wait_until_booted(self) -> None:
        while True:
            if not self.is_running:
                raise NoAsterisk(f"Asterisk ended while starting{self._last_words()}")
            try:
                async with asyncio.timeout(LOGIN_SECONDS):  # another program on the port may send nothing
                    client = await self.ami()
            except (OSError, EOFError):
                self._look_at_ports()
                await asyncio.sleep(0.05)
                continue
            try:
                await client.wait_for("FullyBooted")
            finally:
                await client.close()
            self._look_at_ports()
            return

    def _look_at_ports(self) -> None:
        """Raises PortTaken where the log says so: Asterisk runs on without a port for AMI or SIP."""
        if "Address already in use" in self._messages().read_text(errors="replace")[self._messages_before :]:
            raise PortTaken(f"{self.name} got no ports, another program has them; end that and run this again.")

    async def wait_for_exit(self) -> None:
        """Wait until Asterisk ends."""
        if self._process is not None:
            await self._process.wait()

    def _last_words(self) -> str:
        lines = (self.state / "log/console").read_text(errors="replace").strip().splitlines()
        return f": {lines[-1]}" if lines else f"; its log is in {self.state / 'log'}."
