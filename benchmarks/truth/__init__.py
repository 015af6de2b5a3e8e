"""Truth under change: what a learnt twin predicts against what an independent model does."""
