"""A root folder with Asterisk in it, from Debian's own packages, without root rights and without a mount."""

import asyncio
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tarfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from .errors import NoAsterisk
from .paths import cache_dir

SUITES = {
    "sid": "asterisk,asterisk-core-sounds-en-wav",
    "bullseye": "asterisk,asterisk-voicemail,asterisk-core-sounds-en-wav",
}
"""What to unpack from where: Debian 12 itself has no Asterisk; 22 LTS is in sid, 16 in bullseye."""

_TOOLS = {
    "mmdebstrap": "mmdebstrap",
    "bwrap": "bubblewrap",
    "sipp": "sip-tester",
    "newuidmap": "uidmap",
    "espeak-ng": "espeak-ng",
}
_HOSTS = "127.0.0.1 localhost A.ROOT-SERVERS.NET " + " ".join(f"pbx{n}" for n in range(1, 10)) + "\n"
"""Asterisk looks up its own name and a root server; unresolved, every call would wait 5 s for the resolver."""

Progress = Callable[[str], None]


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def ensure_tools(progress: Progress = _to_stderr) -> None:
    """The Debian packages the lab runs on; root installs what is missing, other users are shown the command."""
    missing = _missing_tools()
    if missing and os.geteuid() != 0:
        raise NoAsterisk(f"These Debian packages are missing; ask root to run: apt-get install -y {' '.join(missing)}")
    if missing:
        folder = cache_dir() / "asterisk"
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "tools.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # apt-get refuses to run twice at once
            if missing := _missing_tools():
                _install(missing, progress)


def _missing_tools() -> list[str]:
    return [package for command, package in _TOOLS.items() if shutil.which(command) is None]


def _install(packages: Sequence[str], progress: Progress) -> None:
    progress(f"Installing {', '.join(packages)} ...")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    for attempt in (command, ["apt-get", "update"], command):
        try:
            done = subprocess.run(attempt, env=environment, capture_output=True, text=True, check=False)
        except FileNotFoundError:
            raise NoAsterisk(f"This is no Debian system; install {', '.join(packages)} by hand.") from None
        if done.returncode == 0 and attempt is command:
            return
    raise NoAsterisk(f"apt-get install {' '.join(packages)} failed: {_last_line(done.stderr)}")


async def ensure_rootfs(progress: Progress = _to_stderr) -> Path:
    """The folder with Asterisk's root file system, built on first use and kept in the cache.

    An interrupted build leaves nothing that looks finished: the next run goes on from the last whole step.
    """
    if (root := find_rootfs()) is not None:
        return root
    folder = cache_dir() / "asterisk"
    folder.mkdir(parents=True, exist_ok=True)
    async with _only_one(folder / "lock", progress):
        if (root := find_rootfs()) is not None:
            return root
        await asyncio.to_thread(ensure_tools, progress)
        mirror = find_mirror()
        reasons = []
        for suite in SUITES:
            try:
                archive = await _download(folder, suite, mirror, progress)
                return await asyncio.to_thread(_unpack, archive, folder / suite, progress)
            except NoAsterisk as error:
                reasons.append(str(error))
    raise NoAsterisk(f"{reasons[0]} Check the network and the Debian mirror {mirror}, then run this again.")


def find_rootfs() -> Path | None:
    """The root folder built before, or None."""
    roots = (cache_dir() / "asterisk" / suite for suite in SUITES)
    return next((root for root in roots if (root / "usr/sbin/asterisk").exists() and (root / "lab").is_dir()), None)


def find_mirror() -> str:
    """The Debian mirror of this machine's own apt sources."""
    try:
        listed = subprocess.run(
            ["apt-get", "indextargets", "--format", "$(CREATED_BY) $(COMPONENT) $(REPO_URI)"],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        raise NoAsterisk("apt-get cannot name a Debian mirror; the lab needs a Debian machine.") from None
    for line in listed.splitlines():
        created_by, component, uri = line.split(maxsplit=2)
        if created_by == "Packages" and component == "main" and uri.rstrip("/").endswith("/debian"):
            return uri
    raise NoAsterisk("The apt sources of this machine name no Debian mirror with 'main'; add one.")


async def _download(folder: Path, suite: str, mirror: str, progress: Progress) -> Path:
    archive = folder / f"{suite}.tar"
    if archive.exists():
        return archive
    if shutil.disk_usage(folder).free < 2 * 1024**3:
        raise NoAsterisk(f"Less than 2 GB are free under {folder}; make room or set CALLCENTER_CACHE.")
    part = folder / f"{suite}.part.tar"
    part.unlink(missing_ok=True)
    progress(f"Fetching Asterisk from Debian {suite} (about a minute) ...")
    command = [
        "setpriv",
        "--pdeathsig",
        "TERM",
        "mmdebstrap",
        "--mode=unshare",
        "--variant=minbase",
        '--aptopt=Acquire::Check-Valid-Until "false"',
    ]
    command += [f"--include={SUITES[suite]}", suite, "-", mirror]
    with part.open("wb") as output:
        build = await asyncio.create_subprocess_exec(
            *command, stdout=output, stderr=asyncio.subprocess.PIPE, start_new_session=True
        )
        try:
            last = await _follow(build, progress)
        except asyncio.CancelledError:
            # all of its processes, so that it need not wait for them; it removes its temporary folders itself
            os.killpg(build.pid, signal.SIGTERM)
            await build.wait()
            part.unlink()
            raise
    if build.returncode != 0:
        part.unlink()
        raise NoAsterisk(f"mmdebstrap could not get Debian {suite}: {last}")
    part.rename(archive)
    return archive


async def _follow(build: asyncio.subprocess.Process, progress: Progress) -> str:
    """Pass on what mmdebstrap says until it ends; its last complaint, or else its last line."""
    last = complaint = ""
    if build.stderr is not None:
        async for raw in build.stderr:
            line = raw.decode(errors="replace").strip()
            last = line or last
            if line.startswith("E: "):
                complaint = complaint or line
            if line.startswith("I: "):
                progress(f"  {line.removeprefix('I: ')}")
    await build.wait()
    return complaint or last


def _unpack(archive: Path, root: Path, progress: Progress) -> Path:
    progress("Unpacking Asterisk ...")
    part = root.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    done = subprocess.run(
        ["tar", "--extract", f"--file={archive}", f"--directory={part}", "--exclude=./dev", "--no-same-owner"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        if not tarfile.is_tarfile(archive):
            archive.unlink()
        raise NoAsterisk(f"The unpacking of Asterisk failed, run the command again: {_last_line(done.stderr)}")
    for name, text in (("etc/hosts", _HOSTS), ("etc/resolv.conf", "")):
        (part / name).unlink(missing_ok=True)
        (part / name).write_text(text, encoding="ascii")
    for name in ("dev", "lab"):
        (part / name).mkdir(exist_ok=True)
    shutil.rmtree(root, ignore_errors=True)
    part.rename(root)
    archive.unlink()
    return root


def _last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "no reason given")


@asynccontextmanager
async def _only_one(path: Path, progress: Progress) -> AsyncIterator[None]:
    with path.open("w") as lock:
        is_announced = False
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not is_announced:
                    progress("Another process is building Asterisk's folder, waiting for it ...")
                is_announced = True
                await asyncio.sleep(0.2)
        yield
