"""What the forms cite, with the sources as they were read; the texts are to be compared with SAMR's own once.

Source: SAMR Order 121 (投诉举报处理办法, from 2026-04-15) in a public copy; of Order 20 no articles are cited.
"""

from __future__ import annotations

from collections.abc import Mapping

ORDER_121 = "《市场监督管理投诉举报处理办法》（国家市场监督管理总局令第121号）"
ORDER_20 = "《市场监督管理投诉举报处理暂行办法》（国家市场监督管理总局令第20号）"

REFUSAL_GROUNDS: Mapping[int, str] = {
    1: "投诉事项不属于市场监督管理部门职责，或者本行政机关不具有处理权限",
    2: "法院、仲裁机构、市场监督管理部门或者其他行政机关、消费者协会等已经受理或者处理过同一消费者权益争议",
    3: "不是为生活消费需要购买、使用商品或者接受服务，或者不能证明与被投诉人之间存在消费者权益争议",
    4: "自知道或者应当知道权益受到侵害之日起超过三年",
    5: "未提供规定的材料，或者材料虚假",
    6: "冒用他人名义，或者拒绝核验身份",
    7: "法律、法规、规章规定不予受理的其他情形",
}
"""Order 121, Art. 16, items 1 to 7, shortened."""

END_GROUNDS: Mapping[int, str] = {
    1: "投诉人撤回投诉，或者双方自行和解",
    2: "投诉人或者被投诉人无正当理由不参加调解，或者明确拒绝调解",
    3: "双方不能达成调解协议",
    4: "双方对检定、检验、检测、鉴定费用不能达成一致",
    5: "自受理之日起六十日内未能达成调解协议",
    6: "受理后发现存在不予受理的情形，或者涉嫌诈骗、敲诈勒索",
    7: "一方死亡或者终止",
    8: "法律、法规、规章规定的其他情形",
}
"""Order 121, Art. 23, items 1 to 8, shortened."""

OTHER_WAYS = (
    "可以依照《中华人民共和国消费者权益保护法》第三十九条，与经营者协商和解，请求消费者协会或者依法成立的其他"
    "调解组织调解，根据与经营者达成的仲裁协议提请仲裁机构仲裁，或者向人民法院提起诉讼。"
)
"""Order 121, Art. 15: a refusal names them."""
