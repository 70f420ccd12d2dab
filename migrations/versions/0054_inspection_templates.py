"""Templates of patrols: 六查六看 and 七查七看 as they were published, until the office replaces them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

BEGIN = date(2026, 1, 1)
UNCHECKED = "the legal basis of each item is general knowledge, not checked"
SIX = (
    "published in Yulin (yybnet.net, September 2011) and in Tianjin (news.sina.com.cn, 2004-08-07);"
    f" the wording of the own office is not known; {UNCHECKED}"
)
SEVEN = (
    "published in Gansu (examk.com, 230164984): the six with the storage of food; what one looks for there is general"
    f" knowledge, not checked; {UNCHECKED}"
)
OFFICERS = "at least two: general knowledge (行政处罚法第四十二条), not checked; whether it holds for a patrol is open"

LICENCE, ORIGIN, FOOD, LABELS, MARKS, MARKET = (
    ("经营资格", "证照齐全、不超范围、不出租出借", "食品安全法第三十五条"),
    ("进货票证", "来源合法、履行查验", "食品安全法第五十三条"),
    ("经销食品", "质量合格、有检验检疫证明", "食品安全法第三十四条"),
    ("包装标识", "真实、非“三无”、未过期", "食品安全法第六十七条"),
    ("商标广告", "不侵权、不虚假", "商标法第五十七条、食品安全法第七十三条"),
    ("市场开办者", "制度健全、尽审查之责", "食品安全法第六十一条"),
)
STORAGE = ("食品贮存", "按要求贮存、定期检查、及时清理变质或过期食品", "食品安全法第五十四条")


def _row(code: str, name: str, source: str, items: tuple[tuple[str, str, str], ...]) -> dict[str, Any]:
    return {
        "code": code,
        "version": 1,
        "name": name,
        "valid_from": BEGIN,
        "source": source,
        "least_officers": 2,
        "officers_source": OFFICERS,
        "checks": [{"check": check, "look": look, "basis": basis} for check, look, basis in items],
        "added_at": datetime(2026, 1, 1, tzinfo=UTC),
    }


def upgrade() -> None:
    moment = sa.TIMESTAMP(timezone=True)
    templates = op.create_table(
        "inspection_templates",
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("least_officers", sa.Integer, nullable=False),
        sa.Column("officers_source", sa.Text, nullable=False),
        sa.Column("checks", JSONB, nullable=False),
        sa.Column("added_by", sa.BigInteger),
        sa.Column("added_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("code", "version", name="pk_inspection_templates"),
        sa.ForeignKeyConstraint(["added_by"], ["users.id"], name="fk_inspection_templates_added_by"),
        sa.CheckConstraint("least_officers > 0", name="ck_inspection_templates_officers_positive"),
    )
    op.bulk_insert(
        templates,
        [
            _row("six-checks", "六查六看", SIX, (LICENCE, ORIGIN, FOOD, LABELS, MARKS, MARKET)),
            _row("seven-checks", "七查七看", SEVEN, (LICENCE, ORIGIN, FOOD, STORAGE, LABELS, MARKS, MARKET)),
        ],
    )
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON inspection_templates"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("inspection_templates")
