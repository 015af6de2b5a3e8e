"""zhizao (智造): a factory's twin, learnt from the factory's own records.

The six steps over a plant folder are the functions of ``zhizao.serve.steps``;
the rooms below it (``model``, ``connect``, ``kpi``, ``twin``, ``learn``,
``schedule``, ``trial``) are for those who want the parts. Nothing heavy is loaded by this import.
"""

__version__ = "0.1.0"

__all__ = ["__version__"]
