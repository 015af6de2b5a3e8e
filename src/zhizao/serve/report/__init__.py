"""The report: one self-contained page that a planner can read, print and pass on."""

from zhizao.serve.report.page import report_html, write_report
from zhizao.serve.report.summary import five_sentences

__all__ = ["five_sentences", "report_html", "write_report"]
