"""A plan to look at and to hand on: a page with its Gantt chart, and tables for spreadsheets."""

from zhizao.serve.plan.page import kpi_lines, plan_chart, plan_html, plan_picture
from zhizao.serve.plan.tables import plan_files, plan_table

__all__ = ["kpi_lines", "plan_chart", "plan_files", "plan_html", "plan_picture", "plan_table"]
