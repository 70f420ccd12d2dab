"""Codes by which matters are counted: those that are known by name from published reports, each with its source."""

from __future__ import annotations

from datetime import UTC, date, datetime

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

BEGIN = date(2026, 1, 1)
REPORTS = "published reports of the national 12315 platform; the official list was not found"
UNCHECKED = "general knowledge, not checked"
ASSOCIATIONS = "published reports of the consumer associations"
PROPOSED = "proposed"

CODES = {
    ("goods", REPORTS): {
        "general_food": "一般食品",
        "special_food": "特殊食品",
        "drug": "药品",
        "medical_device": "医疗器械",
        "cosmetic": "化妆品",
        "jewellery": "首饰",
        "telecom_product": "通讯产品",
        "vehicle": "交通工具",
        "clothing": "服装鞋帽",
        "household_goods": "家居用品",
        "appliance": "家用电器",
        "furniture": "家具",
    },
    ("goods", UNCHECKED): {
        "tobacco_alcohol_drinks": "烟酒饮料",
        "childrens_goods": "儿童用品",
        "building_material": "装修建材",
        "computer": "计算机产品",
        "farm_supplies": "农资",
        "housing": "房屋",
        "fuel": "燃料",
        "culture_sports_goods": "文体用品",
        "daily_goods": "日用百货",
    },
    ("service", REPORTS): {
        "catering_lodging": "餐饮和住宿",
        "travel": "旅游",
        "telecom": "电信",
        "internet": "互联网",
        "hair_beauty": "美容美发",
        "education": "教育培训",
        "sales": "销售",
        "entertainment_sports": "文化娱乐体育",
        "repair": "制作保养和修理",
        "professional": "专业技术",
        "transport": "交通运输",
    },
    ("service", UNCHECKED): {
        "medical": "医疗",
        "finance_insurance": "金融保险",
        "property_management": "物业",
        "agency": "中介",
        "courier_post": "快递邮政",
        "utility": "公用事业",
        "laundry": "洗涤",
        "photography": "摄影",
        "prepaid_card": "预付卡",
    },
    ("problem", REPORTS): {
        "quality": "质量",
        "food_safety": "食品安全",
        "after_sales": "售后服务",
        "unfair_competition": "不正当竞争",
        "personal_rights": "人身权利",
        "advertising": "广告",
    },
    ("problem", UNCHECKED): {
        "contract": "合同",
        "price": "价格",
        "measurement": "计量",
        "safety": "安全",
        "counterfeit": "假冒",
        "false_publicity": "虚假宣传",
        "trademark": "商标",
        "patent": "专利",
        "standard": "标准",
        "certification": "认证认可",
        "special_equipment": "特种设备",
    },
    ("association_problem", ASSOCIATIONS): {
        "quality": "质量",
        "safety": "安全",
        "price": "价格",
        "measurement": "计量",
        "contract": "合同",
        "counterfeit": "假冒",
        "false_publicity": "虚假宣传",
        "personal_dignity": "人格权益",
        "after_sales": "售后服务",
    },
    ("offence", REPORTS): {
        "price_offence": "价格违法",
        "consumer_rights": "侵害消费者权益",
        "illegal_advertising": "广告违法",
        "unfair_competition": "不正当竞争",
        "unlicensed": "无照经营",
    },
    ("sales_mode", PROPOSED): {
        "shop": "店铺",
        "online": "网购",
        "live_stream": "直播",
        "television": "电视",
        "prepaid": "预付",
    },
}


def _rows() -> list[dict[str, object]]:
    named = {(axis, code): (name, source) for (axis, source), codes in CODES.items() for code, name in codes.items()}
    named |= {(axis, "other"): ("其他", PROPOSED) for axis, _ in CODES}
    alike = {code for axis, code in named if axis == "problem"}
    return [
        {
            "axis": axis,
            "code": code,
            "name": name,
            "valid_from": BEGIN,
            "source": source,
            "maps_to": [code] if axis == "association_problem" and code in alike else [],
            "added_at": datetime(2026, 1, 1, tzinfo=UTC),
        }
        for (axis, code), (name, source) in named.items()
    ]


def upgrade() -> None:
    moment = sa.TIMESTAMP(timezone=True)
    codes = op.create_table(
        "codes",
        sa.Column("axis", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("parent", sa.Text),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_to", sa.Date),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("maps_to", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("added_by", sa.BigInteger),
        sa.Column("added_at", moment, nullable=False),
        sa.Column("ended_by", sa.BigInteger),
        sa.Column("ended_at", moment),
        sa.PrimaryKeyConstraint("axis", "code", name="pk_codes"),
        sa.ForeignKeyConstraint(["added_by"], ["users.id"], name="fk_codes_added_by"),
        sa.ForeignKeyConstraint(["ended_by"], ["users.id"], name="fk_codes_ended_by"),
    )
    op.bulk_insert(codes, _rows())


def downgrade() -> None:
    op.drop_table("codes")
