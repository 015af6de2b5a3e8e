"""What is decided: plans from a plant, its orders and now; bounds; explanations.

``schedule`` is the front door. ``solve`` plans a problem given as tables (benchmarks), and
``check_assignment`` checks any plan of it.
"""

from zhizao.schedule.check import Violation, check_assignment
from zhizao.schedule.objective import AIMS, DEFAULT_OBJECTIVE, Objective, read_objective
from zhizao.schedule.plan.difference import PlanDifference, plan_difference
from zhizao.schedule.plan.fixes import Fix, fixes
from zhizao.schedule.plan.promise import Promise, promise
from zhizao.schedule.plan.replan import Replanned, replan
from zhizao.schedule.plan.risk import OrderRisk, PlanRisk, plan_risk
from zhizao.schedule.plan.robust import RobustPlan, robust_schedule
from zhizao.schedule.plan.schedule_plant import schedule
from zhizao.schedule.problem import Problem
from zhizao.schedule.solve import solve
from zhizao.schedule.stop import Stop

__all__ = [
    "AIMS",
    "DEFAULT_OBJECTIVE",
    "Fix",
    "Objective",
    "OrderRisk",
    "PlanDifference",
    "PlanRisk",
    "Problem",
    "Promise",
    "Replanned",
    "RobustPlan",
    "Stop",
    "Violation",
    "check_assignment",
    "fixes",
    "plan_difference",
    "plan_risk",
    "promise",
    "read_objective",
    "replan",
    "robust_schedule",
    "schedule",
    "solve",
]
