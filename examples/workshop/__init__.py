"""Lakeside Gearworks (湖畔齿轮): a workshop that exists only as a SimPy model."""
