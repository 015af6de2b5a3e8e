"""zhizao (智造): a factory's twin, learnt from the factory's own records."""

__version__ = "0.1.0"
