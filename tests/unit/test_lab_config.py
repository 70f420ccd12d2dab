"""What `asterisk_conf/` promises, as the lab renders it."""

import configparser
import os
import re
import stat
import subprocess
from pathlib import Path

import pytest

from hotline_lab import render
from hotline_lab.errors import LabError
from hotline_lab.paths import CONFIG_TEMPLATES, LAB_CONFIG

VALUES = (
    render.sandbox_directories("/modules")
    | render.new_secrets()
    | render.TIMINGS
    | {"SYSTEM_NAME": "pbx1", "SIP_HOST": "127.0.0.1", "TRUNK_HOST": "127.0.0.2"}
    | dict.fromkeys(("AMI_PORT", "HTTP_PORT", "SIP_PORT", "TRUNK_PORT", "RTP_FIRST", "RTP_LAST"), "1")
)

CEL_COLUMNS = (
    *("eventtype", "eventtime", "CALLERID(name)", "CALLERID(num)", "CALLERID(ANI)", "CALLERID(RDNIS)"),
    *("CALLERID(DNID)", "CHANNEL(exten)", "CHANNEL(context)", "CHANNEL(channame)", "CHANNEL(appname)"),
    *("CHANNEL(appdata)", "CHANNEL(amaflags)", "CHANNEL(accountcode)", "CHANNEL(uniqueid)", "CHANNEL(linkedid)"),
    *("BRIDGEPEER", "CHANNEL(userfield)", "userdeftype", "eventextra"),
)


def read(name: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, inline_comment_prefixes=(";",), delimiters=("=",))
    parser.read_string(render.fill((CONFIG_TEMPLATES / name).read_text(encoding="utf-8"), VALUES))
    return parser


def rights(user: str, kind: str) -> set[str]:
    return set(read("manager.conf")[user][kind].split(","))


def test_every_file_is_rendered_for_its_owner_only(tmp_path: Path) -> None:
    render.render_config(CONFIG_TEMPLATES, tmp_path / "etc", VALUES)
    rendered = sorted((tmp_path / "etc").iterdir())
    assert [path.name for path in rendered] == sorted(path.name for path in CONFIG_TEMPLATES.glob("*.conf"))
    assert {stat.S_IMODE(path.stat().st_mode) for path in rendered} == {0o600}
    assert not any("@@" in path.read_text(encoding="utf-8") for path in rendered)


def test_what_only_the_lab_has_stands_behind_what_is_shipped_and_nothing_of_it_within(tmp_path: Path) -> None:
    render.render_config(CONFIG_TEMPLATES, tmp_path, VALUES)
    shipped = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    render.add_config(LAB_CONFIG, tmp_path, VALUES)
    added = {
        path.name: path.read_text(encoding="utf-8").removeprefix(shipped[path.name]) for path in LAB_CONFIG.iterdir()
    }
    numbers_of_the_lab = re.compile(r"\b963\d\d\b|\b1[3-9]\d{9}\b|^member =>", re.MULTILINE)
    assert {name: len(numbers_of_the_lab.findall(text)) > 2 for name, text in added.items()} == {
        "extensions.conf": True,
        "pjsip.conf": False,
        "queues.conf": True,
    }
    examples = {"13800000001"}
    """In a comment."""
    found = {word for text in shipped.values() for word in numbers_of_the_lab.findall(text)}
    assert found <= examples


def test_the_carrier_may_send_nobody_on() -> None:
    trunk = (CONFIG_TEMPLATES / "pjsip.conf").read_text(encoding="utf-8").split("[trunk-main]\n")[1]
    assert "\ntype = endpoint\n" in f"\n{trunk}"
    assert "\nallow_transfer = no\n" in trunk


def test_an_unknown_placeholder_is_named() -> None:
    with pytest.raises(LabError, match="SURPRISE"):
        render.fill("secret = @@SURPRISE@@", VALUES)


def test_no_secret_stands_in_the_templates() -> None:
    for template in CONFIG_TEMPLATES.glob("*.conf"):
        for value in re.findall(
            r"^(?:secret|password)\s*=\s*(.+)$", template.read_text(encoding="utf-8"), re.MULTILINE
        ):
            assert re.fullmatch(r"@@[A-Z_]+@@", value)


def test_secrets_are_new_for_every_instance() -> None:
    first, second = render.new_secrets(), render.new_secrets()
    assert len({*first.values(), *second.values()}) == len(first) + len(second)


def test_neither_ami_user_may_touch_the_system() -> None:
    assert rights("callcenter", "read") == {"system", "call", "user", "agent", "dialplan"}
    assert rights("callcenter", "write") == {"reporting"}
    assert rights("callcenter-commands", "read") == {"call"}
    assert rights("callcenter-commands", "write") == {"originate", "call", "agent", "reporting"}


def test_ami_tells_the_time_and_bears_with_a_busy_reader() -> None:
    manager = read("manager.conf")
    assert manager["general"]["timestampevents"] == "yes"
    assert manager["general"]["bindaddr"] == "127.0.0.1"
    assert {manager[user]["writetimeout"] for user in ("callcenter", "callcenter-commands")} == {"5000"}


def test_cel_rows_have_the_columns_of_the_contract() -> None:
    mapping = re.search(r"^Master\.csv => (.+)$", (CONFIG_TEMPLATES / "cel_custom.conf").read_text(), re.MULTILINE)
    assert mapping is not None
    assert mapping[1] == ",".join(f"${{CSV_QUOTE(${{{column}}})}}" for column in CEL_COLUMNS)


def test_cel_tells_everything_with_the_time_as_epoch() -> None:
    cel = read("cel.conf")["general"]
    assert (cel["enable"], cel["events"], cel.get("dateformat")) == ("yes", "ALL", None)
    assert {"queue", "voicemail", "dial", "park", "confbridge"} <= set(cel["apps"].split(","))


def test_a_semicolon_in_a_value_begins_no_comment_and_no_value_begins_a_line() -> None:
    assert render.fill("secret = @@AMI_SECRET@@ ; ours", {"AMI_SECRET": "a;b;"}) == "secret = a\\;b\\; ; ours"
    with pytest.raises(LabError, match=r"^The value of AMI_SECRET has several lines\.$"):
        render.fill("secret = @@AMI_SECRET@@", {"AMI_SECRET": "a\nwrite = all"})


def test_the_containers_entry_point_fills_the_templates_as_the_lab_does(tmp_path: Path) -> None:
    """Its awk, run on a template, with one secret in the environment and one in a file."""
    script = (CONFIG_TEMPLATES.parent / "docker/asterisk-entrypoint").read_text(encoding="utf-8")
    secrets = tmp_path / "secrets"
    (tmp_path / "conf").mkdir()
    secrets.mkdir()
    (secrets / "MAILBOX_PIN").write_text("c;d&e\\f\n", encoding="utf-8")
    template = "secret = @@AMI_SECRET@@\npassword = @@MAILBOX_PIN@@ ; @@AMI_SECRET@@\n"
    (tmp_path / "conf/manager.conf").write_text(template, encoding="utf-8")
    filling = script.partition("# Without these two folders")[0].replace(
        "/usr/local/share/callcenter/asterisk_conf", str(tmp_path / "conf")
    )
    environment = {"PATH": os.environ["PATH"], "AMI_SECRET": "a;b&"}
    environment |= {"ETC_DIR": str(tmp_path), "MODULE_DIR": "/x", "SECRETS_DIR": str(secrets)}
    subprocess.run(["sh", "-c", filling], check=True, env=environment)
    filled = (tmp_path / "manager.conf").read_text(encoding="utf-8")
    assert filled == "secret = a\\;b&\npassword = c\\;d&e\\f ; a\\;b&\n"
