"""Checks of tables over HTTP."""

from __future__ import annotations

from fastapi import APIRouter

from callcenter.accounts.api import require
from callcenter.accounts.rights import Right
from callcenter.analysis.reports.checks import check
from callcenter.analysis.reports.schemas import FindingView, ReportCheck, ReportCheckResult

router = APIRouter(tags=["reports"])


@router.post("/report-checks", dependencies=[require(Right.SEE_STATISTICS)])
async def check_report(report: ReportCheck) -> ReportCheckResult:
    """Whether the figures of these tables fit together. Nothing of them is kept."""
    checked = check([table.to_table() for table in report.tables])
    return ReportCheckResult(
        comparisons=checked.comparisons,
        is_clean=not checked.findings if checked.comparisons else None,
        findings=[FindingView.model_validate(finding) for finding in checked.findings],
    )
