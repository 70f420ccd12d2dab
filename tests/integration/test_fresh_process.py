"""Where starting a part again does not help, `serve` becomes a fresh process; signals and exit codes stay."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import httpx
from sqlalchemy import text

from callcenter.postgres.database import Database

LIMIT = 90.0

BROKEN_ONCE = """
import sys, pathlib
from callcenter import supervision
from callcenter.recorder.recorder import Recorder
from callcenter.cli import main

supervision.FIRST_PAUSE = 0.02
marker, run = pathlib.Path(sys.argv[1]), Recorder.run

async def fail(recorder):
    marker.touch()
    raise RuntimeError("a defect")

if not marker.exists():
    Recorder.run = fail
sys.exit(main(["serve"]))
"""


async def is_told_to_be_back(database: Database) -> bool:
    async with database.engine.connect() as connection:
        return bool(await connection.scalar(text("SELECT count(*) > 0 FROM process_alarms WHERE back_at IS NOT NULL")))


async def test_a_recorder_that_cannot_be_started_ends_in_a_fresh_process_of_the_same_number(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    script, marker = tmp_path / "serve.py", tmp_path / "marker"
    script.write_text(BROKEN_ONCE)
    with socket.create_server(("127.0.0.1", 0)) as free, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        port = free.getsockname()[1]
        manager.bind(str(tmp_path / "notify"))
        manager.setblocking(False)
        free.close()
        environment = os.environ | {
            "CALLCENTER_DATABASE_URL": database_url,
            "CALLCENTER_CEL_CSV": str(tmp_path / "Master.csv"),
            "CALLCENTER_HTTP_PORT": str(port),
            "NOTIFY_SOCKET": str(tmp_path / "notify"),
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, script, marker, env=environment, stderr=asyncio.subprocess.PIPE
        )
        try:
            said = asyncio.create_task(process.communicate())
            loop, heard = asyncio.get_running_loop(), list[str]()
            async with asyncio.timeout(LIMIT):
                while heard.count("READY=1") < 2:
                    heard.append((await loop.sock_recv(manager, 4096)).decode())
                async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
                    while True:
                        try:
                            ready = await client.get("/health/ready")
                        except httpx.HTTPError:
                            ready = None
                        if ready is not None and ready.json() == {"status": "ready"}:
                            break
                        await asyncio.sleep(0.1)
                while not await is_told_to_be_back(database):  # a worker of its own writes it
                    await asyncio.sleep(0.1)
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(LIMIT):
                _, log = await said
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    assert process.returncode == 0
    assert log.count(b"Traceback") == 1
    assert b'"event": "backend_failed"' in log
    assert b'"reason": "The part recorder failed 5 times in a row; a fresh process is needed."' in log
    assert log.count(b'"event": "backend_stopped"') == 1
    assert "WATCHDOG=1" in {line.partition("\n")[0] for line in heard}
    assert "STOPPING=1" in heard
    async with database.engine.connect() as connection:
        alarms = await connection.execute(text("SELECT part, failures, back_at IS NOT NULL FROM process_alarms"))
        assert [tuple(alarm) for alarm in alarms] == [("recorder", 5, True)]
