"""Learn: records in, a plant with provenance and open questions out, and how far to trust it."""

from zhizao.learn.learnt import Learnt, learn
from zhizao.learn.questions import Question

__all__ = ["Learnt", "Question", "learn"]
